import { hopByHopHeaders } from '#core/hop-by-hop-headers.ts';
import { Readable } from 'node:stream';
import { appUnavailable } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import { type Body, type Reply, noBody } from '#core/message.ts';
import { appResponseBroken } from './errors.ts';

/** Carries requests to an app. */
export interface AppTransport {
  /** Throws `appRequestInvalid` for a request that cannot be sent; every other outcome is reported to the exchange. */
  dispatch(exchange: AppExchange, request: AppRequest): void;
  close(): Promise<void>;
}

export interface AppRequest {
  readonly verb: string;
  /** Path and query. */
  readonly target: string;
  /** Alternating names and values. */
  readonly headers: readonly string[];
  readonly body: Body;
}

/** How an exchange controls the connection that carries it. */
export interface ConnectionControl {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

export interface AppExchangeOptions {
  readonly call: Call;
  readonly address: string;
  /** Responses that announce no more than this many bytes are delivered as bytes. */
  readonly maxBufferedBytes: number;
  /** Called once, when the exchange has ended, successfully or not. */
  done(): void;
}

/** One request to the app and its response: the transport reports events to it, and it builds a Reply from them. */
export class AppExchange {
  readonly #options: AppExchangeOptions;
  readonly #settled = Promise.withResolvers<Reply>();
  #connection: ConnectionControl | undefined;
  #head: { readonly status: number; readonly headers: readonly string[] } | undefined;
  #chunks: Buffer[] = [];
  #stream: Readable | undefined;
  #isOver = false;
  readonly #onAbort = (): void => {
    const reason = this.#options.call.signal.reason as Error;
    this.#fail(reason);
    this.#connection?.abort(reason);
  };

  constructor(options: AppExchangeOptions) {
    this.#options = options;
    options.call.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get reply(): Promise<Reply> {
    return this.#settled.promise;
  }

  /** The head of the response has been received. */
  get hasBegun(): boolean {
    return this.#head !== undefined;
  }

  begun(connection: ConnectionControl): void {
    this.#connection = connection;
    if (this.#isOver) connection.abort(this.#options.call.signal.reason as Error);
  }

  /** Header names are in lower case. */
  head(status: number, headers: readonly string[]): void {
    if (this.#isOver) return;
    if (status === 101) {
      this.protocolSwitched();
      this.#connection?.abort(new Error('the app switched protocols without a request'));
      return;
    }
    const { announced, forwarded } = endToEnd(headers);
    this.#head = { status, headers: forwarded };
    if (announced <= this.#options.maxBufferedBytes) return;
    if (announced > this.#options.maxBufferedBytes) this.#openStream();
    // many apps send short responses in chunks: those that are complete by the end of this turn need no stream
    else setImmediate(() => this.#openStream());
  }

  chunk(bytes: Buffer): void {
    if (!this.#stream) this.#chunks.push(bytes);
    else if (!this.#stream.push(bytes)) this.#connection?.pause();
  }

  end(): void {
    if (this.#isOver || !this.#head) return;
    if (this.#stream) this.#stream.push(null);
    else {
      const [only] = this.#chunks;
      const body = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : (only ?? noBody);
      this.#settled.resolve({ ...this.#head, body });
    }
    this.#over();
  }

  /** The connection failed, or the source of the request's body did. */
  connectionFailed(cause: Error): void {
    const { address } = this.#options;
    // the source of the request's body failed, and its own error is the reason
    if (cause instanceof RuntimeError) this.#fail(cause);
    else if (this.#head) this.#fail(appResponseBroken(address, textOf(cause)));
    else this.#fail(appUnavailable(address, reasonOf(cause)));
  }

  /**
   * The app switches protocols although that was not requested: only the status is known, and the connection is closed.
   */
  protocolSwitched(): void {
    if (this.#isOver) return;
    this.#settled.resolve({ status: 101, headers: [], body: noBody });
    this.#over();
  }

  #openStream(): void {
    if (this.#isOver || this.#stream || !this.#head) return;
    const stream = new Readable({
      read: () => {
        // after the end of the exchange the connection carries another response
        if (!this.#isOver) this.#connection?.resume();
      },
      destroy: (cause, done) => {
        if (!this.#isOver) {
          this.#over();
          this.#connection?.abort(cause ?? new Error('the reader cancelled'));
        }
        done(cause);
      },
    });
    // the reader gets the error from its read; without a reader there is no one to report it to
    stream.on('error', () => {});
    this.#stream = stream;
    for (const chunk of this.#chunks) stream.push(chunk);
    this.#chunks = [];
    this.#settled.resolve({ ...this.#head, body: stream });
  }

  #fail(cause: Error): void {
    if (this.#isOver) return;
    this.#over();
    this.#settled.reject(cause);
    this.#stream?.destroy(cause);
  }

  #over(): void {
    this.#isOver = true;
    this.#options.call.signal.removeEventListener('abort', this.#onAbort);
    this.#options.done();
  }
}

/** The headers that are passed on to the caller, and the announced length of the response: NaN when there is none. */
function endToEnd(headers: readonly string[]): { readonly announced: number; readonly forwarded: string[] } {
  let announced = Number.NaN;
  let nominated = '';
  let forwarded: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (name === 'connection') nominated += `,${value}`;
    else if (name === 'content-length') announced = Number(value);
    else if (!hopByHopHeaders.has(name) && !name.startsWith(':')) forwarded.push(name, value);
  }
  if (nominated === '' || nominated === ',keep-alive' || nominated === ',close') return { announced, forwarded };
  const names = new Set(nominated.split(',').map((token) => token.trim().toLowerCase()));
  forwarded = forwarded.filter((_, i) => !names.has(forwarded[i - (i % 2)] ?? ''));
  return { announced, forwarded };
}

function reasonOf(cause: Error): string {
  // several addresses were tried: the first error is enough
  return cause instanceof AggregateError ? textOf(cause.errors[0]) : cause.message;
}
