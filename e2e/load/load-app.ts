/** The app behind the sidecars: echo, actors and a subscriber that respond at once. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const [echoPort = 0, subscriberPort = 0] = process.argv.slice(2).map(Number);
let received = 0;
let firstAt = 0;
let lastAt = 0;

function respond(response: ServerResponse, body: string | Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

function withBody(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => then(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
}

createServer((request, response) =>
  withBody(request, (body) => {
    if (request.url === '/dapr/config') respond(response, '{"entities":["Bench"]}');
    else if (request.url === '/dapr/subscribe') respond(response, '[]');
    else respond(response, body);
  }),
).listen(echoPort, '127.0.0.1');

createServer((request, response) =>
  withBody(request, () => {
    switch (request.url) {
      case '/event':
        lastAt = performance.now();
        if (received++ === 0) firstAt = lastAt;
        return respond(response, '{"status":"SUCCESS"}');
      case '/tally':
        return respond(response, JSON.stringify({ received, elapsedMs: lastAt - firstAt }));
      case '/reset':
        received = 0;
        return respond(response, '{}');
      case '/dapr/subscribe':
        return respond(response, '[]');
      case undefined:
      default:
        return respond(response, '{}');
    }
  }),
).listen(subscriberPort, '127.0.0.1');
