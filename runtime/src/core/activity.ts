import type { ActivityAttributes, ActivityKind, AttributeValue } from './activity-attributes.ts';
import type { Call } from './call.ts';

/**
 * Everything a sidecar does is recorded as one activity: a span with attributes and, where allowed, payloads. Traces,
 * metrics and the store's inside view are projections of this stream. Readers receive it in this form, from any version
 * of a sidecar.
 */
export interface Activity {
  /** Grows by one within a sidecar; a reader that saw 7 and then 9 has missed one. */
  readonly seq: number;
  readonly appId: string;
  readonly kind: ActivityKind;
  /** The target in one short phrase: `POST payment/refunds`, `statestore`, `orders`, `order/42/submit`. */
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'ok' | 'error';
  /** Present when outcome is `error`. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /**
   * Payloads, truncated to the recorder's limit, with card data, tokens and cookies redacted. Absent for private calls.
   */
  readonly input?: string;
  readonly output?: string;
}

export interface ActivityStart<Kind extends ActivityKind = ActivityKind> {
  readonly kind: Kind;
  readonly name: string;
  readonly attributes: ActivityAttributes[Kind];
  readonly input?: Uint8Array;
}

/** What the work may add to its own activity while it runs. */
export interface ActivityScope<Kind extends ActivityKind = ActivityKind> {
  set<Name extends keyof ActivityAttributes[Kind] & string>(
    attribute: Name,
    value: NonNullable<ActivityAttributes[Kind][Name]>,
  ): void;
  input(payload: Uint8Array): void;
  output(payload: Uint8Array): void;
  /** Marks the outcome as an error although the work returns, as for a 500 of the app that is passed on. */
  failed(code: string, message: string): void;
}

export interface Recorder {
  /**
   * Opens a child span of `call`, runs the work under it and records the outcome. An exception of the work is recorded
   * and rethrown.
   */
  record<Kind extends ActivityKind, T>(
    call: Call,
    start: ActivityStart<Kind>,
    work: (call: Call, scope: ActivityScope<Kind>) => Promise<T>,
  ): Promise<T>;
}

/** Records nothing and opens no span; for unit tests of blocks. */
export const silentRecorder: Recorder = {
  record: (call, _start, work) => work(call, { set() {}, input() {}, output() {}, failed() {} }),
};
