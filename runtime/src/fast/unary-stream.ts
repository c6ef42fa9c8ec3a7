import { constants } from 'node:http2';
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import type { Cancel, Clock } from '#core/clock.ts';

export interface UnaryStreamOptions {
  readonly path: string;
  /** The limit of one message, in both directions. */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /** Handles the message and responds by `done`, once. */
  handle(call: UnaryStream, done: UnaryStream['done']): void;
  /** The stream has ended, with or without an error. Called once. */
  onClose(): void;
}

/** Prefix of a message: the compression flag and the length. */
const prefixBytes = 5;
/** Headers of the transport, not of the call. */
const transportHeaders = new Set([
  'grpc-timeout',
  'grpc-encoding',
  'grpc-accept-encoding',
  'accept-encoding',
  'te',
  'content-type',
]);
const baseHeaders = {
  [constants.HTTP2_HEADER_STATUS]: 200,
  [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc+proto',
};
const successTrailers = { 'grpc-status': status.OK, 'grpc-message': 'OK' };
const timeout = /^(\d{1,8}) ?([HMSmun])$/;
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Undefined for an invalid deadline. */
export function timeoutMs(header: string): number | undefined {
  const [, amount, unit = ''] = timeout.exec(header) ?? [];
  return amount === undefined ? undefined : Number(amount) * (unitMs[unit] ?? 0);
}

/** One message in and one out over an HTTP/2 stream. RPCs see it as grpc-js' own call. */
export class UnaryStream {
  readonly metadata: Metadata;
  readonly #stream: ServerHttp2Stream;
  readonly #options: UnaryStreamOptions;
  #deadline: number;
  readonly #cancelDeadline: Cancel | undefined;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #request: Buffer | undefined;
  #responseHeaders: Metadata | undefined;
  #hasResponded = false;
  #onCancelled: (() => void) | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, options: UnaryStreamOptions) {
    const { clock } = options;
    this.#stream = stream;
    this.#options = options;
    this.metadata = metadataOf(headers);
    const deadlineMs = timeoutMs(String(headers['grpc-timeout'] ?? ''));
    this.#deadline = deadlineMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + deadlineMs;
    this.#cancelDeadline = deadlineMs === undefined ? undefined : clock.after(deadlineMs, () => this.#onDeadline());
    stream
      .on('data', (chunk: Buffer) => this.#receive(chunk))
      .on('end', () => this.#onEnd())
      .on('close', () => {
        this.#cancelDeadline?.();
        this.#cancel();
        options.onClose();
      });
  }

  get request(): Buffer {
    return this.#request ?? Buffer.alloc(0);
  }

  getDeadline(): number {
    return this.#deadline;
  }

  on(_event: 'cancelled', listener: () => void): void {
    this.#onCancelled = listener;
  }

  /** The response headers; they are sent with it. */
  sendMetadata(metadata: Metadata): void {
    this.#responseHeaders = metadata;
  }

  readonly done = (error: StatusObject | null, message?: Buffer): void => {
    if (error) return this.#sendError(error);
    const length = message?.length ?? 0;
    const { maxMessageBytes } = this.#options;
    if (length > maxMessageBytes)
      return this.#sendError({
        code: status.RESOURCE_EXHAUSTED,
        details: `grpc: trying to send message larger than max (${length} vs. ${maxMessageBytes})`,
      });
    if (!this.#beginResponse()) return;
    const frame = Buffer.allocUnsafe(prefixBytes + length);
    frame[0] = 0;
    frame.writeUInt32BE(length, 1);
    if (message) frame.set(message, prefixBytes);
    this.#respond(frame, successTrailers);
  };

  #receive(chunk: Buffer): void {
    if (this.#hasResponded) return;
    this.#receivedBytes += chunk.length;
    this.#received.push(chunk);
    let [first = chunk] = this.#received;
    if (first.length < prefixBytes) {
      first = Buffer.concat(this.#received);
      this.#received = [first];
      if (first.length < prefixBytes) return;
    }
    const length = first.readUInt32BE(1);
    const { maxMessageBytes } = this.#options;
    if (length > maxMessageBytes)
      this.#sendError({
        code: status.RESOURCE_EXHAUSTED,
        details: `grpc: received message larger than max (${length} vs. ${maxMessageBytes})`,
      });
    else if (this.#receivedBytes > prefixBytes + length) this.#rejectMessageCount('a second');
  }

  #onEnd(): void {
    if (this.#hasResponded) return;
    const [first] = this.#received;
    const all = this.#received.length === 1 && first ? first : Buffer.concat(this.#received);
    const length = all.length < prefixBytes ? Number.POSITIVE_INFINITY : all.readUInt32BE(1);
    if (all.length < prefixBytes + length) return this.#rejectMessageCount('no');
    if (all.length > prefixBytes + length) return this.#rejectMessageCount('a second');
    this.#received = [];
    this.#request = all.subarray(prefixBytes);
    this.#options.handle(this, this.done);
  }

  /** A unary call has exactly one message. */
  #rejectMessageCount(what: string): void {
    const details = `Received ${what} request message for method ${this.#options.path}`;
    this.#sendError({ code: status.UNIMPLEMENTED, details });
  }

  #onDeadline(): void {
    this.#sendError({ code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' });
    // timers may fire a little early
    this.#deadline = Math.min(this.#deadline, this.#options.clock.now());
    this.#onCancelled?.();
  }

  #cancel(): void {
    if (this.#hasResponded) return;
    this.#hasResponded = true;
    this.#onCancelled?.();
  }

  #sendError({ code, details, metadata }: Omit<StatusObject, 'metadata'> & Partial<StatusObject>): void {
    if (!this.#beginResponse()) return;
    const trailers = { 'grpc-status': code, 'grpc-message': encodeURI(details), ...metadata?.toHttp2Headers() };
    if (this.#responseHeaders) this.#respond(undefined, trailers);
    else this.#stream.respond({ ...trailers, ...baseHeaders }, { endStream: true });
    // further data of the client is not needed
    this.#received = [];
  }

  /** Once, and not to a disconnected client. */
  #beginResponse(): boolean {
    if (this.#hasResponded || this.#stream.destroyed || this.#stream.closed) return false;
    this.#hasResponded = true;
    return true;
  }

  #respond(frame: Buffer | undefined, trailers: OutgoingHttpHeaders): void {
    const stream = this.#stream;
    const headers = this.#responseHeaders ? { ...baseHeaders, ...this.#responseHeaders.toHttp2Headers() } : baseHeaders;
    stream.respond(headers, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    if (frame) stream.end(frame);
    else stream.end();
  }
}

function metadataOf(headers: IncomingHttpHeaders): Metadata {
  const callHeaders: IncomingHttpHeaders = {};
  for (const name in headers)
    if (!name.startsWith(':') && !transportHeaders.has(name)) callHeaders[name] = headers[name];
  return Metadata.fromHttp2Headers(callHeaders);
}
