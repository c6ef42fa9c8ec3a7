import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { Metadata } from '@grpc/grpc-js';
import type { sendUnaryData } from '@grpc/grpc-js';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { RuntimeError, defineError } from '#core/errors.ts';
import type { GrpcCode } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { binaryTrace } from '#core/trace.ts';
import type { CallOpener } from './open-call.ts';
import { endAfterStatus } from './half-open-stream.ts';
import { codeOf, statusOf } from './status.ts';

/** One completed RPC, for metrics and the API log. */
export interface CompletedRpc {
  /** Such as `/dapr.proto.runtime.v1.Dapr/GetState`. */
  readonly method: string;
  readonly code: 'OK' | GrpcCode;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly userAgent: string;
}

/** Shared by all RPCs of a server. */
export interface RpcContext {
  readonly openCall: CallOpener;
  /** Aborts when the server begins to close: streams do not end on their own. */
  readonly closing: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly onCompleted?: (rpc: CompletedRpc) => void;
  readonly onRequestError?: (error: unknown) => void;
}

/** The common part of grpc-js' calls. */
interface RawCall {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  sendMetadata(metadata: Metadata): void;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** The writing side of a stream. It takes a status as its `error` event. */
interface ResponseStream extends EventEmitter {
  write(bytes: Buffer): boolean;
  end(trailers?: Metadata): unknown;
}

const callerDisconnected = defineError(
  { code: 'ERR_CANCELED', http: 408, grpc: 'Canceled' },
  () => 'the caller disconnected before the response',
);

const deadlineExceeded = defineError(
  { code: 'ERR_DEADLINE_EXCEEDED', http: 504, grpc: 'DeadlineExceeded' },
  () => "the caller's deadline expired before the response",
);

const serverClosing = defineError(
  { code: 'ERR_SHUTTING_DOWN', http: 503, grpc: 'Unavailable' },
  () => 'the sidecar is shutting down',
);

/** One RPC from its first check to its status, whatever its kind. */
export class OpenRpc {
  readonly #path: string;
  readonly #raw: RawCall;
  readonly #context: RpcContext;
  readonly #startedAt: number;
  readonly #controller = new AbortController();
  readonly #stopListening: () => void;
  /** The trailers of a stream that ends without an error. */
  trailers: Metadata | undefined;
  #responseHeaders: Metadata | undefined;
  readonly #isStream: boolean;
  #isOver = false;
  #requestBytes = 0;
  #responseBytes = 0;

  constructor(path: string, raw: RawCall, context: RpcContext, { isStream = false } = {}) {
    this.#path = path;
    this.#raw = raw;
    this.#isStream = isStream;
    this.#context = context;
    this.#startedAt = context.clock.monotonic();
    raw.on('cancelled', () => {
      // grpc-js emits it for the normal end too
      if (!this.#isOver) this.#abort(this.#isPastDeadline() ? deadlineExceeded() : callerDisconnected());
    });
    const onClosing = (): void => this.#controller.abort(serverClosing());
    if (isStream) context.closing.addEventListener('abort', onClosing);
    this.#stopListening = () => context.closing.removeEventListener('abort', onClosing);
    if (isStream && context.closing.aborted) onClosing();
  }

  get metadata(): Metadata {
    return this.#raw.metadata;
  }

  get responseHeaders(): Metadata {
    this.#responseHeaders ??= new Metadata();
    return this.#responseHeaders;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  received(bytes: number): void {
    this.#requestBytes += bytes;
  }

  async respondOnce(work: (call: Call) => Promise<Buffer>, done: sendUnaryData<Buffer>): Promise<void> {
    try {
      const bytes = await work(this.#openCall());
      this.#responseBytes = bytes.length;
      this.sendHeaders();
      this.#end('OK');
      done(null, bytes);
    } catch (error) {
      this.#fail(error, (status) => done(status));
    }
  }

  /** Writes as fast as the client reads. A source that ignores the signal is abandoned when the client disconnects. */
  async respondWithStream(work: (call: Call) => AsyncIterable<Buffer>, out: ResponseStream): Promise<void> {
    try {
      const source = work(this.#openCall())[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await this.orAborted(source.next());
          if (next.done === true) break;
          this.sendHeaders();
          this.#responseBytes += next.value.length;
          if (!out.write(next.value)) await this.orAborted(once(out, 'drain'));
        }
      } finally {
        void source.return?.().then(undefined, () => {});
      }
      this.sendHeaders();
      this.#end('OK');
      if (this.trailers) out.end(this.trailers);
      else out.end();
    } catch (error) {
      this.#fail(error, (status) => void out.emit('error', status));
    }
  }

  #openCall(): Call {
    const call = this.#context.openCall(this.#raw.metadata, this.#controller.signal);
    if (call.trace.sampled) this.responseHeaders.set('grpc-trace-bin', binaryTrace(call.trace));
    if (call.baggage !== undefined) this.responseHeaders.set('baggage', call.baggage);
    return call;
  }

  /** They are sent automatically with the first message, unless that takes long. */
  sendHeaders(): void {
    if (!this.#responseHeaders) return;
    this.#raw.sendMetadata(this.#responseHeaders);
    this.#responseHeaders = undefined;
  }

  /** Does not wait for work that ignores the signal. */
  orAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  #isPastDeadline(): boolean {
    return Number(this.#raw.getDeadline()) <= this.#context.clock.now();
  }

  #abort(reason: RuntimeError): void {
    this.#end(reason.kind.grpc);
    this.#controller.abort(reason);
  }

  #fail(error: unknown, sendStatus: (status: ReturnType<typeof statusOf>) => void): void {
    const { log, onRequestError } = this.#context;
    if (!(error instanceof RuntimeError))
      log.error({ error: error instanceof Error ? error.stack : error }, `${this.#path} failed unexpectedly`);
    if (this.#isOver) return;
    onRequestError?.(error);
    this.sendHeaders();
    this.#end(codeOf(error));
    sendStatus(statusOf(error));
  }

  #end(code: 'OK' | GrpcCode): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopListening();
    if (this.#isStream) endAfterStatus(this.#raw, this.#context.clock);
    const { onCompleted, clock } = this.#context;
    onCompleted?.({
      method: this.#path,
      code,
      durationMs: clock.monotonic() - this.#startedAt,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      userAgent: String(this.#raw.metadata.get('user-agent')[0] ?? ''),
    });
  }
}
