import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

/**
 * Lets an app send an unrequested `100 Continue`, which HTTP allows and undici treats as the end of the connection.
 * Interim responses are removed only between the head of a request and the head of its response.
 */
export function withoutInterim(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      if (result[1]) watchHeads(result[1]);
      callback(...result);
    });
}

/** Any status from 100 to 199 except 101, which is a final response. */
const interimHead = /^HTTP\/1\.1 1(?!01)\d\d /;
const interimHeadLength = 13;
const headEnd = '\r\n\r\n';

function watchHeads(socket: Socket): void {
  let awaitsHead = false;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  socket.write = (...args: unknown[]): boolean => {
    if (typeof args[0] === 'string' && args[0].includes(' HTTP/1.1\r\n')) awaitsHead = true;
    return write(...args);
  };
  socket.read = (size?: number): Buffer | null => {
    let received = read(size);
    if (!awaitsHead) return received;
    while (received !== null && beginsInterim(received)) {
      const end = received.indexOf(headEnd);
      if (end < 0) break;
      const rest = received.subarray(end + headEnd.length);
      received = rest.length > 0 ? rest : read(size);
    }
    if (received !== null) awaitsHead = false;
    return received;
  };
}

function beginsInterim(received: Buffer): boolean {
  // the first digit of the status is sufficient for nearly all responses
  return received[9] === 0x31 && interimHead.test(received.toString('latin1', 0, interimHeadLength));
}
