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
import type { Admission } from './admission.ts';
import { endAfterStatus } from './half-open-stream.ts';
import { codeOf, statusOf } from './status.ts';

/** One answered RPC, for metrics and the API log. */
export interface AnsweredRpc {
  /** Such as `/dapr.proto.runtime.v1.Dapr/GetState`. */
  readonly method: string;
  readonly code: 'OK' | GrpcCode;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly userAgent: string;
}

/** What all RPCs of a server share. */
export interface RpcDoor {
  readonly admit: Admission;
  /** Aborts when the server begins to close: streams have no end of their own. */
  readonly closing: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly onAnswered?: (rpc: AnsweredRpc) => void;
  readonly onRefused?: (error: unknown) => void;
}

/** The part of grpc-js' calls that all kinds have. */
interface RawCall {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  sendMetadata(metadata: Metadata): void;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** The writing side of a stream. It takes a status as its `error` event. */
interface Outlet extends EventEmitter {
  write(bytes: Buffer): boolean;
  end(trailers?: Metadata): unknown;
}

const callerGone = defineError(
  { code: 'ERR_CANCELED', http: 408, grpc: 'Canceled' },
  () => 'the caller went away before the answer',
);

const deadlineOver = defineError(
  { code: 'ERR_DEADLINE_EXCEEDED', http: 504, grpc: 'DeadlineExceeded' },
  () => "the caller's deadline was over before the answer",
);

const serverClosing = defineError(
  { code: 'ERR_SHUTTING_DOWN', http: 503, grpc: 'Unavailable' },
  () => 'the sidecar is shutting down',
);

/** One RPC from its admission to its status, whatever its kind. */
export class OpenRpc {
  readonly #path: string;
  readonly #raw: RawCall;
  readonly #door: RpcDoor;
  readonly #began: number;
  readonly #controller = new AbortController();
  readonly #stopListening: () => void;
  /** Of a stream that ends well. */
  trailers: Metadata | undefined;
  #answer: Metadata | undefined;
  readonly #isStream: boolean;
  #isOver = false;
  #requestBytes = 0;
  #responseBytes = 0;

  constructor(path: string, raw: RawCall, door: RpcDoor, { isStream = false } = {}) {
    this.#path = path;
    this.#raw = raw;
    this.#isStream = isStream;
    this.#door = door;
    this.#began = door.clock.monotonic();
    raw.on('cancelled', () => {
      // grpc-js tells the normal end the same way
      if (!this.#isOver) this.#giveUp(this.#isLate() ? deadlineOver() : callerGone());
    });
    const onClosing = (): void => this.#controller.abort(serverClosing());
    if (isStream) door.closing.addEventListener('abort', onClosing);
    this.#stopListening = () => door.closing.removeEventListener('abort', onClosing);
    if (isStream && door.closing.aborted) onClosing();
  }

  get metadata(): Metadata {
    return this.#raw.metadata;
  }

  get answer(): Metadata {
    this.#answer ??= new Metadata();
    return this.#answer;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  received(bytes: number): void {
    this.#requestBytes += bytes;
  }

  async answerOnce(work: (call: Call) => Promise<Buffer>, done: sendUnaryData<Buffer>): Promise<void> {
    try {
      const bytes = await work(this.#admitted());
      this.#responseBytes = bytes.length;
      this.sendHeaders();
      this.#end('OK');
      done(null, bytes);
    } catch (error) {
      this.#fail(error, (status) => done(status));
    }
  }

  /** Writes as fast as the client reads. A source that does not listen to the signal is left behind when the client goes. */
  async answerAll(work: (call: Call) => AsyncIterable<Buffer>, out: Outlet): Promise<void> {
    try {
      const source = work(this.#admitted())[Symbol.asyncIterator]();
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

  #admitted(): Call {
    const call = this.#door.admit(this.#raw.metadata, this.#controller.signal);
    if (call.trace.sampled) this.answer.set('grpc-trace-bin', binaryTrace(call.trace));
    if (call.baggage !== undefined) this.answer.set('baggage', call.baggage);
    return call;
  }

  /** They go out by themselves with the first message, unless that is long in coming. */
  sendHeaders(): void {
    if (!this.#answer) return;
    this.#raw.sendMetadata(this.#answer);
    this.#answer = undefined;
  }

  /** Does not wait for work that does not listen to the signal. */
  orAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  #isLate(): boolean {
    return Number(this.#raw.getDeadline()) <= this.#door.clock.now();
  }

  #giveUp(reason: RuntimeError): void {
    this.#end(reason.kind.grpc);
    this.#controller.abort(reason);
  }

  #fail(error: unknown, answer: (status: ReturnType<typeof statusOf>) => void): void {
    const { log, onRefused } = this.#door;
    if (!(error instanceof RuntimeError))
      log.error({ error: error instanceof Error ? error.stack : error }, `${this.#path} failed unexpectedly`);
    if (this.#isOver) return;
    onRefused?.(error);
    this.sendHeaders();
    this.#end(codeOf(error));
    answer(statusOf(error));
  }

  #end(code: 'OK' | GrpcCode): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopListening();
    if (this.#isStream) endAfterStatus(this.#raw, this.#door.clock);
    const { onAnswered, clock } = this.#door;
    onAnswered?.({
      method: this.#path,
      code,
      durationMs: clock.monotonic() - this.#began,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      userAgent: String(this.#raw.metadata.get('user-agent')[0] ?? ''),
    });
  }
}
