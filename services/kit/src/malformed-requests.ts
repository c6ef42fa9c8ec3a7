import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problemMediaType } from '@outrigger/sdk';
import type { ProblemBody } from '@outrigger/sdk';

/** Responds to bytes that are no HTTP request: there is no route, hook or reply for them, only the socket. */
export function respondToMalformedRequest(
  error: { readonly code?: unknown },
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(responseTo(problemOf(error.code), headers));
  socket.destroy();
}

const responseTo = (problem: ProblemBody, headers: Readonly<Record<string, string>>): string => {
  const body = JSON.stringify(problem);
  const all = {
    ...headers,
    'cache-control': 'no-store',
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
    'content-type': problemMediaType,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`, ...lines, '', body].join('\r\n');
};

function problemOf(code: unknown): ProblemBody {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { type: 'headers-too-large', status: 431, title: 'Too large', detail: 'The headers are too large.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { type: 'timeout', status: 408, title: 'Took too long', detail: 'The request did not arrive in time.' };
    default:
      return { type: 'bad-request', status: 400, title: 'Bad request', detail: 'This is not an HTTP request.' };
  }
}
