import { connect } from 'node:net';

export interface ExchangeResult {
  /** `silent`: neither a response nor an end within the limit. */
  readonly kind: 'responded' | 'closed' | 'silent';
  /** Of the first response; 0 when there was none. */
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

export interface Sending {
  readonly port: number;
  readonly bytes: Buffer;
  readonly limitMs: number;
  /** Half-closes the connection this long after the bytes; undefined: never. */
  readonly halfCloseAfterMs?: number;
}

/** Writes bytes to a port and collects the response until the other side closes. */
export function exchange({ port, bytes, limitMs, halfCloseAfterMs }: Sending): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    const begun = Date.now();
    const parts: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (isSilent: boolean): void => {
      clearTimeout(timer);
      clearTimeout(ending);
      socket.destroy();
      const text = finalResponse(Buffer.concat(parts).toString('latin1'));
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
      const kind = isSilent && !isComplete(text) ? 'silent' : text === '' ? 'closed' : 'responded';
      resolve({ kind, status, text, ms: Date.now() - begun });
    };
    const timer = setTimeout(() => finish(true), limitMs);
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      if (parts.length < 5 && isComplete(finalResponse(Buffer.concat(parts).toString('latin1')))) finish(false);
    });
    // A reset while we still write is a valid rejection.
    socket.on('error', () => {});
    socket.on('close', () => finish(false));
    const ending = halfCloseAfterMs === undefined ? undefined : setTimeout(() => socket.end(), halfCloseAfterMs);
    socket.on('connect', () => socket.write(bytes));
  });
}

/** Without a preceding `100 Continue`. */
function finalResponse(text: string): string {
  return text.replace(/^(?:HTTP\/1\.1 1\d\d [^\r]*\r\n(?:[^\r]+\r\n)*\r\n)+/, '');
}

/** A complete response, or one without an end: then there is no need to wait for the end of the connection. */
function isComplete(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const head = text.slice(0, headEnd);
  if (/^HTTP\/1\.[01] (204|304)/.test(head)) return true;
  if (/\r\ncontent-type: *text\/event-stream/i.test(head)) return true;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return text.endsWith('\r\n0\r\n\r\n');
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return length !== undefined && text.length >= headEnd + 4 + Number(length);
}

/** `{"errorCode":"ERR_X"}` of a response, or its first line. */
export function errorCodeOf(text: string): string {
  return /"errorCode":"([^"]+)"/.exec(text)?.[1] ?? text.slice(0, text.indexOf('\r\n'));
}
