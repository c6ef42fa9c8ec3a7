import type { Activity, ActivityScope, ActivityStart, Recorder } from '#core/activity.ts';
import type { ActivityAttributes, ActivityKind } from '#core/activity-attributes.ts';
import type { ActivityFeed, ActivityFilter, ActivityPage } from '#core/activity-feed.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import { PayloadRing } from './payload-ring.ts';
import { readablePayload, redact, redactedAttributes } from './redaction.ts';

export interface ActivityLogOptions {
  readonly appId: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The number of stored activities. */
  readonly capacity?: number;
  /** The total number of stored payload bytes. */
  readonly payloadCapacity?: number;
  /** The stored bytes of one payload. */
  readonly payloadLimit?: number;
  /** Receives each activity as it ends, for metrics; must be quick and must not throw. */
  readonly onEnd?: <Kind extends ActivityKind>(ended: EndedActivity<Kind>) => void;
  /** Receives the activities of sampled traces, with the fields of a span. */
  readonly onSpan?: (span: EndedSpan) => void;
}

/** The fields that metrics need, without payloads. */
export interface EndedActivity<Kind extends ActivityKind = ActivityKind> {
  readonly kind: Kind;
  readonly name: string;
  readonly outcome: 'ok' | 'error';
  readonly durationMs: number;
  readonly attributes: ActivityAttributes[Kind];
}

/** An activity as a span of a trace. Nothing in it is redacted yet. */
export interface EndedSpan<Kind extends ActivityKind = ActivityKind> extends EndedActivity<Kind> {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startedAt: number;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

/** A stored activity: payloads are locations in the ring until a reader needs them. */
interface Entry<Kind extends ActivityKind = ActivityKind> extends EndedSpan<Kind> {
  readonly seq: number;
  readonly input: StoredPayload | undefined;
  readonly output: StoredPayload | undefined;
}

interface StoredPayload {
  readonly start: number;
  readonly fullLength: number;
}

const followerQueue = 1024;

/**
 * Records activities into a ring of fixed size. Every activity is stored, none is sampled out; the cost is one small
 * object and a copy of the payload. Readers pay for text and redaction, not writers.
 */
export class ActivityLog implements Recorder, ActivityFeed {
  readonly #appId: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #entries: (Entry | undefined)[];
  readonly #payloads: PayloadRing;
  readonly #payloadLimit: number;
  readonly #onSpan: ((span: EndedSpan) => void) | undefined;
  readonly #onEnd: ActivityLogOptions['onEnd'];
  readonly #followers = new Set<(entry: Entry) => void>();
  #seq = 0;

  constructor(options: ActivityLogOptions) {
    this.#appId = options.appId;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#entries = Array.from({ length: options.capacity ?? 4096 });
    this.#payloads = new PayloadRing(options.payloadCapacity ?? 4 * 1024 * 1024);
    this.#payloadLimit = options.payloadLimit ?? 4096;
    this.#onEnd = options.onEnd;
    this.#onSpan = options.onSpan;
  }

  record<Kind extends ActivityKind, T>(
    call: Call,
    start: ActivityStart<Kind>,
    work: (call: Call, scope: ActivityScope<Kind>) => Promise<T>,
  ): Promise<T> {
    const { traceId, sampled, state } = call.trace;
    const spanId = this.#random.hex(8);
    const trace = state === undefined ? { traceId, spanId, sampled } : { traceId, spanId, sampled, state };
    const scope = new OpenActivity(this.#payloads, this.#payloadLimit, start, call.isPrivate === true);
    const startedAt = this.#clock.now();
    const startedMonotonic = this.#clock.monotonic();
    const end = (thrown: unknown, isThrown: boolean): void => {
      const durationMs = this.#clock.monotonic() - startedMonotonic;
      const error = isThrown ? errorOf(thrown) : scope.failure;
      const entry: Entry<Kind> = {
        seq: ++this.#seq,
        kind: start.kind,
        name: start.name,
        traceId,
        spanId,
        parentSpanId: call.trace.spanId,
        startedAt,
        durationMs,
        outcome: error ? 'error' : 'ok',
        error,
        attributes: scope.attributes,
        input: scope.storedInput,
        output: scope.storedOutput,
      };
      this.#entries[this.#seq % this.#entries.length] = entry;
      this.#onEnd?.(entry);
      if (sampled && this.#onSpan) this.#onSpan(entry);
      for (const follower of this.#followers) follower(entry);
    };
    let running: Promise<T>;
    try {
      running = work({ ...call, trace }, scope);
    } catch (thrown) {
      end(thrown, true);
      throw thrown;
    }
    return running.then(
      (result) => {
        end(undefined, false);
        return result;
      },
      (thrown: unknown) => {
        end(thrown, true);
        throw thrown;
      },
    );
  }

  recent(filter: ActivityFilter, limit: number): ActivityPage {
    const oldest = Math.max(1, this.#seq - this.#entries.length + 1);
    const seen = this.#seen(filter);
    const first = Math.max(oldest, seen + 1);
    const result: Activity[] = [];
    for (let seq = this.#seq; seq >= first && result.length < limit; seq--) {
      const entry = this.#entries[seq % this.#entries.length];
      if (entry && matches(entry, filter)) result.push(this.#readable(entry));
    }
    const missed = seen === 0 ? 0 : Math.max(0, oldest - seen - 1);
    return { activities: result.reverse(), ...(missed > 0 ? { missed } : {}) };
  }

  async *follow(filter: ActivityFilter, signal: AbortSignal): AsyncIterable<Activity> {
    const queue: Entry[] = filter.afterSeq === undefined ? [] : this.#storedAfter(this.#seen(filter), filter);
    let wake = (): void => {};
    const onEntry = (entry: Entry): void => {
      if (!matches(entry, filter)) return;
      if (queue.length >= followerQueue) queue.shift();
      queue.push(entry);
      wake();
    };
    const onAbort = (): void => wake();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#followers.add(onEntry);
    try {
      while (!signal.aborted) {
        const entry = queue.shift();
        if (entry) yield this.#readable(entry);
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#followers.delete(onEntry);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** A reader with a higher sequence number comes from the previous process. */
  #seen({ afterSeq = 0 }: ActivityFilter): number {
    return afterSeq > this.#seq ? 0 : afterSeq;
  }

  #storedAfter(afterSeq: number, filter: ActivityFilter): Entry[] {
    const result: Entry[] = [];
    const oldest = Math.max(1, this.#seq - this.#entries.length + 1);
    for (let seq = Math.max(oldest, afterSeq + 1); seq <= this.#seq; seq++) {
      const entry = this.#entries[seq % this.#entries.length];
      if (entry && matches(entry, filter)) result.push(entry);
    }
    return result;
  }

  #readable(entry: Entry): Activity {
    const { error, input, output, ...fields } = entry;
    const inputText = this.#text(input);
    const outputText = this.#text(output);
    return {
      ...fields,
      appId: this.#appId,
      name: redact(entry.name),
      attributes: redactedAttributes(entry.attributes),
      ...(error ? { error: { code: error.code, message: redact(error.message) } } : {}),
      ...(inputText === undefined ? {} : { input: inputText }),
      ...(outputText === undefined ? {} : { output: outputText }),
    };
  }

  #text(stored: StoredPayload | undefined): string | undefined {
    if (!stored) return undefined;
    const length = Math.min(stored.fullLength, this.#payloadLimit);
    const bytes = this.#payloads.read({ start: stored.start, length });
    return bytes && readablePayload(bytes, stored.fullLength);
  }
}

/** The activity under construction; used by the log only. */
class OpenActivity<Kind extends ActivityKind> implements ActivityScope<Kind> {
  readonly attributes: ActivityAttributes[Kind];
  storedInput: StoredPayload | undefined;
  storedOutput: StoredPayload | undefined;
  failure: { readonly code: string; readonly message: string } | undefined;
  readonly #payloads: PayloadRing;
  readonly #limit: number;
  readonly #isPrivate: boolean;

  constructor(payloads: PayloadRing, limit: number, start: ActivityStart<Kind>, isPrivate: boolean) {
    this.#payloads = payloads;
    this.#limit = limit;
    this.#isPrivate = isPrivate;
    this.attributes = { ...start.attributes };
    this.storedInput = start.input && this.#store(start.input);
  }

  set<Name extends keyof ActivityAttributes[Kind] & string>(
    attribute: Name,
    value: NonNullable<ActivityAttributes[Kind][Name]>,
  ): void {
    this.attributes[attribute] = value;
  }

  input(payload: Uint8Array): void {
    this.storedInput = this.#store(payload);
  }

  output(payload: Uint8Array): void {
    this.storedOutput = this.#store(payload);
  }

  failed(code: string, message: string): void {
    this.failure = { code, message };
  }

  #store(payload: Uint8Array): StoredPayload | undefined {
    if (this.#isPrivate || payload.length === 0) return undefined;
    return { start: this.#payloads.write(payload, this.#limit), fullLength: payload.length };
  }
}

function errorOf(thrown: unknown): { code: string; message: string } {
  return { code: thrown instanceof RuntimeError ? thrown.kind.code : 'ERROR', message: textOf(thrown) };
}

function matches(entry: Entry, { traceId, kind, since }: ActivityFilter): boolean {
  return (
    (traceId === undefined || entry.traceId === traceId) &&
    (kind === undefined || entry.kind === kind) &&
    (since === undefined || entry.startedAt >= since)
  );
}
