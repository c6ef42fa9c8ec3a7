import { Readable } from 'node:stream';
import { type Dispatcher, errors } from 'undici';
import { appUnavailable } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import { type Reply, noBody } from '#core/message.ts';
import { appBroke, appRequestRefused } from './errors.ts';

export interface AppExchangeOptions {
  readonly call: Call;
  readonly address: string;
  /** Answers that say they are no longer than this come as bytes. */
  readonly wholeBytes: number;
  /** The exchange is over, well or not. Once. */
  done(): void;
}

type ReplyHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'content-length',
]);

/** How undici says that an answer came with status 101. */
const switchedProtocols = 'bad upgrade';

/** One request to the app and its answer: undici tells it what happens, and it makes a Reply of that. */
export class AppExchange implements Dispatcher.DispatchHandler {
  readonly #options: AppExchangeOptions;
  readonly #settled = Promise.withResolvers<Reply>();
  #controller: Dispatcher.DispatchController | undefined;
  #head: { readonly status: number; readonly headers: readonly string[] } | undefined;
  #pieces: Buffer[] = [];
  #stream: Readable | undefined;
  #isOver = false;
  readonly #onAbort = (): void => {
    const reason = this.#options.call.signal.reason as Error;
    this.#fail(reason);
    this.#controller?.abort(reason);
  };

  constructor(options: AppExchangeOptions) {
    this.#options = options;
    options.call.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get reply(): Promise<Reply> {
    return this.#settled.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(this.#options.call.signal.reason as Error);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ReplyHeaders): void {
    if (status === 101) {
      this.#switched();
      controller.abort(new Error('the app switches protocols, and nobody asked for that'));
    }
    if (status < 200) return;
    this.#head = { status, headers: endToEnd(headers) };
    const announced = Number(headers['content-length'] ?? Number.NaN);
    if (announced <= this.#options.wholeBytes) return;
    if (announced > this.#options.wholeBytes) this.#openStream();
    // many apps send short answers in chunks: those that are complete by the end of this turn need no stream
    else setImmediate(() => this.#openStream());
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (!this.#stream) this.#pieces.push(piece);
    else if (!this.#stream.push(piece)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#isOver || !this.#head) return;
    if (this.#stream) this.#stream.push(null);
    else {
      const [only] = this.#pieces;
      const body = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : (only ?? noBody);
      this.#settled.resolve({ ...this.#head, body });
    }
    this.#over();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    const { address } = this.#options;
    // the source of the request's body failed, and says why itself
    if (cause instanceof RuntimeError) this.#fail(cause);
    else if (this.#head) this.#fail(appBroke(address, textOf(cause)));
    else if (cause instanceof errors.SocketError && cause.message === switchedProtocols) this.#switched();
    else if (cause instanceof errors.InvalidArgumentError || cause instanceof errors.NotSupportedError) {
      this.#fail(appRequestRefused(cause.message));
    } else this.#fail(appUnavailable(address, reasonOf(cause)));
  }

  /** The app switches protocols though nobody asked: all that is known is the status, and the connection is closed. */
  #switched(): void {
    if (this.#isOver) return;
    this.#settled.resolve({ status: 101, headers: [], body: noBody });
    this.#over();
  }

  #openStream(): void {
    if (this.#isOver || this.#stream || !this.#head) return;
    const stream = new Readable({
      read: () => this.#controller?.resume(),
      destroy: (cause, done) => {
        if (!this.#isOver) {
          this.#over();
          this.#controller?.abort(cause ?? new Error('the reader wants no more'));
        }
        done(cause);
      },
    });
    // the reader hears of a failure where it reads; without a reader there is nobody to tell
    stream.on('error', () => {});
    this.#stream = stream;
    for (const piece of this.#pieces) stream.push(piece);
    this.#pieces = [];
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

function endToEnd(headers: ReplyHeaders): string[] {
  const nominated = headers['connection'];
  const flat: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || connectionHeaders.has(name) || name.startsWith(':')) continue;
    if (nominated !== undefined && isNominated(nominated, name)) continue;
    if (typeof value === 'string') flat.push(name, value);
    else for (const one of value) flat.push(name, one);
  }
  return flat;
}

function isNominated(connection: string | readonly string[], name: string): boolean {
  const tokens = typeof connection === 'string' ? connection : connection.join(',');
  if (tokens === 'keep-alive' || tokens === 'close') return false;
  return tokens.split(',').some((token) => token.trim().toLowerCase() === name);
}

function reasonOf(cause: Error): string {
  // several addresses were tried: the first one tells enough
  return cause instanceof AggregateError ? textOf(cause.errors[0]) : cause.message;
}
