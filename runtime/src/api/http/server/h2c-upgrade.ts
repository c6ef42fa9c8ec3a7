import type { IncomingMessage } from 'node:http';
import type { Http2Server } from 'node:http2';
import type { Duplex } from 'node:stream';
import { hopByHopHeaders } from '#core/hop-by-hop-headers.ts';
import { preface } from './protocol-detector.ts';

const switchingProtocols = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
const frameHeadBytes = 9;
/** The largest frame before settings are agreed on. */
const maxFrameBytes = 16_384;
const settingsType = 4;
const headersType = 1;
const endStreamAndHeaders = 0x05;

/** Only for requests without a body; others are served as HTTP/1.1, as every server may. */
export function wantsHttp2(request: IncomingMessage): boolean {
  const { headers } = request;
  return (
    headers.upgrade?.toLowerCase() === 'h2c' &&
    headers['http2-settings'] !== undefined &&
    headers['transfer-encoding'] === undefined &&
    Number(headers['content-length'] ?? 0) === 0 &&
    headerBlock(request).length <= maxFrameBytes
  );
}

/**
 * Continues an HTTP/1.1 connection in HTTP/2. Node cannot open stream 1 for a request that has been read already; so
 * the session receives that request as if the client had sent it right after its settings.
 */
export function upgradeToHttp2(
  http2: Http2Server,
  { request, socket, head }: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  timeoutMs: number,
): void {
  const destroySocket = (): void => void socket.destroy();
  let received = head;
  const onBytes = (bytes: Buffer): void => {
    received = Buffer.concat([received, bytes]);
    const at = settingsEnd(received);
    if (at === 'unknown') return;
    request.socket.setTimeout(0);
    socket.off('data', onBytes).off('error', destroySocket).off('end', destroySocket).off('timeout', destroySocket);
    if (at === 'none') return destroySocket();
    socket.pause();
    socket.unshift(Buffer.concat([received.subarray(0, at), firstRequest(request), received.subarray(at)]));
    http2.emit('connection', socket);
  };
  request.socket.setTimeout(timeoutMs);
  socket.on('data', onBytes).on('error', destroySocket).on('end', destroySocket).on('timeout', destroySocket);
  socket.write(switchingProtocols);
  if (head.length > 0) onBytes(Buffer.alloc(0));
}

/** The end of the client's preface and settings. */
function settingsEnd(bytes: Buffer): number | 'unknown' | 'none' {
  const start = Math.min(bytes.length, preface.length);
  if (bytes.compare(preface, 0, start, 0, start) !== 0) return 'none';
  const payloadAt = preface.length + frameHeadBytes;
  if (bytes.length < payloadAt) return 'unknown';
  const length = bytes.readUIntBE(preface.length, 3);
  if (bytes[preface.length + 3] !== settingsType || length > maxFrameBytes) return 'none';
  return bytes.length < payloadAt + length ? 'unknown' : payloadAt + length;
}

function firstRequest(request: IncomingMessage): Buffer {
  const block = headerBlock(request);
  const head = Buffer.alloc(frameHeadBytes);
  head.writeUIntBE(block.length, 0, 3);
  head[3] = headersType;
  head[4] = endStreamAndHeaders;
  head.writeUInt32BE(1, 5);
  return Buffer.concat([head, block]);
}

const http1OnlyHeaders = new Set([...hopByHopHeaders, 'host']);

function headerBlock({ method = 'GET', url = '/', headers, rawHeaders }: IncomingMessage): Buffer {
  const fields = [field(':method', method), field(':scheme', 'http'), field(':path', url)];
  if (headers.host !== undefined) fields.push(field(':authority', headers.host));
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (!http1OnlyHeaders.has(name)) fields.push(field(name, rawHeaders[i + 1] ?? ''));
  }
  return Buffer.concat(fields);
}

/** A literal field: neither compressed nor added to the dynamic table, of which the client knows nothing. */
function field(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')];
  return Buffer.concat([Buffer.of(0), lengthOf(nameBytes), nameBytes, lengthOf(valueBytes), valueBytes]);
}

/** An integer with a prefix of seven bits. */
function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x7f) return Buffer.of(length);
  const bytes = [0x7f];
  let rest = length - 0x7f;
  for (; rest >= 0x80; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.of(...bytes, rest);
}
