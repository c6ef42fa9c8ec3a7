import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { textOf } from '#core/errors.ts';
import { isBytes } from '#core/message.ts';
import type { Body } from '#core/message.ts';
import type { AppExchange, ConnectionControl } from '#app/app-exchange.ts';
import { ResponseReader } from './http1-response.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** The app must begin its response within this time after the last byte of the request. */
  readonly replyTimeoutMs: number;
  /** Read buffer shared by all connections of an app; nothing stays in it between reads. */
  readonly readInto: Uint8Array;
  /** The exchange has ended and the connection may carry another. */
  onIdle(connection: Http1Connection): void;
  onClosed(connection: Http1Connection): void;
}

const connectLimitMs = 5000;
/** Shorter than the default idle timeout of servers, so that none closes a connection under a request. */
const idleMs = 4000;
const minHintMs = 2000;
/**
 * A body up to this size is copied behind its head: one buffer is one plain write, which is cheaper than a gathered
 * one.
 */
const copiedBytes = 16 * 1024;
const lastChunk = '0\r\n\r\n';

/** One connection to the app, carrying one exchange at a time. */
export class Http1Connection implements ConnectionControl {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  #exchange: AppExchange | undefined;
  #limitMs = connectLimitMs;
  #waitedMs = 0;
  #isSending = false;
  #onDrain: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { host, port, readInto } = options;
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      onread: { buffer: readInto, callback: (length) => this.#received(length) },
    });
    this.#socket
      .setTimeout(connectLimitMs, () => this.#onTimeout())
      .on('connect', () => this.#limit(Math.min(idleMs, options.replyTimeoutMs)))
      .on('drain', () => this.#onDrain?.())
      .on('error', (cause) => this.#fail(cause))
      .on('end', () => this.#ended())
      .on('close', () => {
        this.#onDrain?.();
        this.#fail(new Error('the connection was closed'));
        options.onClosed(this);
      });
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Fails the current exchange with the reason. */
  close(reason: Error): void {
    this.#fail(reason);
  }

  send(exchange: AppExchange, head: string, { verb, body }: { readonly verb: string; readonly body: Body }): void {
    this.#exchange = exchange;
    this.#waitedMs = 0;
    this.#reader.begin(
      {
        head: (status, headers) => exchange.head(status, headers),
        chunk: (bytes) => exchange.chunk(bytes),
        end: () => {
          this.#exchange = undefined;
          exchange.end();
        },
      },
      { isHeadOnly: verb === 'HEAD' },
    );
    exchange.begun(this);
    if (!isBytes(body)) void this.#sendStream(exchange, head, body);
    else if (body.length === 0) this.#socket.write(head, 'latin1');
    else if (body.length <= copiedBytes) this.#socket.write(joined(head, body));
    else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The exchange was cancelled: in HTTP/1.1 only closing the connection can express that. */
  abort(): void {
    this.#exchange = undefined;
    this.#socket.destroy();
  }

  #received(length: number): boolean {
    const { readInto } = this.#options;
    try {
      this.#reader.read(Buffer.from(readInto.buffer, readInto.byteOffset, length));
    } catch (cause) {
      this.#fail(new Error(`the response is not HTTP: ${textOf(cause)}`));
    }
    if (this.#exchange === undefined && !this.#socket.destroyed) this.#becomeIdle();
    return !this.#socket.isPaused();
  }

  /**
   * After a response: waits for the next request if the app leaves the connection open and the last request was sent
   * completely.
   */
  #becomeIdle(): void {
    const hint = this.#reader.idleLimitMs ?? idleMs + minHintMs;
    if (!this.#reader.staysOpen || this.#isSending || hint < minHintMs) return void this.#socket.destroy();
    // the reader of the last exchange may have paused the socket
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#limit(Math.min(idleMs, Math.max(hint - minHintMs, minHintMs / 2), this.#options.replyTimeoutMs));
    this.#options.onIdle(this);
  }

  #ended(): void {
    const exchange = this.#exchange;
    if (exchange && !this.#reader.close()) this.#fail(new Error('other side closed'));
    this.#socket.destroy();
  }

  #fail(cause: Error): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#socket.destroy();
    exchange?.connectionFailed(cause);
  }

  /** The socket was idle for the current limit. */
  #onTimeout(): void {
    const { replyTimeoutMs } = this.#options;
    if (this.#socket.connecting) return this.#fail(new Error(`no connection within ${connectLimitMs / 1000} s`));
    const exchange = this.#exchange;
    if (!exchange) return void this.#socket.destroy();
    // an exchange that has begun may take any time; the caller's signal ends it
    if (exchange.hasBegun || this.#isSending) return this.#limit(0);
    this.#waitedMs += this.#limitMs;
    if (this.#waitedMs >= replyTimeoutMs) return this.#fail(new Error(`no response within ${replyTimeoutMs / 1000} s`));
    this.#limit(replyTimeoutMs - this.#waitedMs);
  }

  #limit(ms: number): void {
    if (this.#limitMs === ms) return;
    this.#limitMs = ms;
    this.#socket.setTimeout(ms);
  }

  async #sendStream(exchange: AppExchange, head: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const isCurrent = (): boolean => this.#exchange === exchange && !this.#socket.destroyed;
    this.#isSending = true;
    this.#socket.write(head, 'latin1');
    try {
      for await (const chunk of body) {
        if (!isCurrent()) return;
        if (chunk.length > 0 && !this.#writeChunk(chunk))
          await new Promise<void>((resolve) => (this.#onDrain = resolve));
        if (!isCurrent()) return;
      }
      this.#isSending = false;
      this.#socket.write(lastChunk, 'latin1');
    } catch (cause) {
      this.#fail(cause instanceof Error ? cause : new Error(textOf(cause)));
    }
  }

  #writeChunk(chunk: Uint8Array): boolean {
    this.#socket.cork();
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    this.#socket.write(chunk);
    const hasRoom = this.#socket.write('\r\n', 'latin1');
    this.#socket.uncork();
    return hasRoom;
  }
}

function joined(head: string, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, 'latin1');
  bytes.set(body, head.length);
  return bytes;
}
