/** The program behind the sidecars: echo, actors and a subscriber, with nothing in it that takes time. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const [echoPort = 0, hearPort = 0] = process.argv.slice(2).map(Number);
let heard = 0;
let firstAt = 0;
let lastAt = 0;

function answerWith(response: ServerResponse, body: string | Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

function withBody(request: IncomingMessage, then: (body: Buffer) => void): void {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => then(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)));
}

createServer((request, response) =>
  withBody(request, (body) => {
    if (request.url === '/dapr/config') answerWith(response, '{"entities":["Bench"]}');
    else if (request.url === '/dapr/subscribe') answerWith(response, '[]');
    else answerWith(response, body);
  }),
).listen(echoPort, '127.0.0.1');

createServer((request, response) =>
  withBody(request, () => {
    switch (request.url) {
      case '/event':
        lastAt = performance.now();
        if (heard++ === 0) firstAt = lastAt;
        return answerWith(response, '{"status":"SUCCESS"}');
      case '/tally':
        return answerWith(response, JSON.stringify({ heard, elapsedMs: lastAt - firstAt }));
      case '/forget':
        heard = 0;
        return answerWith(response, '{}');
      case '/dapr/subscribe':
        return answerWith(response, '[]');
      case undefined:
      default:
        return answerWith(response, '{}');
    }
  }),
).listen(hearPort, '127.0.0.1');
