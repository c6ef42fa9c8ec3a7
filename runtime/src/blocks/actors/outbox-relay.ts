import type { ActivityStart, Recorder } from '#core/activity.ts';
import { backoffDelay } from '#core/backoff.ts';
import type { Call } from '#core/call.ts';
import type { Cancel, Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { actorStateSaveFailed } from './errors.ts';
import type { OutboxEvent, OutboxStore } from './ports.ts';

const pollMs = 1000;
const claimLimit = 100;
const claimTimeoutMs = 10_000;
const leaseMs = 10_000;
/** With more than this in flight, further events stay in the store until there is room. */
const maxInFlight = 500;
const publishBackoff = { firstMs: 200, maxMs: 30_000 };

/** A complete message, as built by the pub/sub block. */
export interface PreparedEvent {
  readonly id: string;
  readonly topic: string;
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the actors need from the pub/sub block. */
export interface EventPublisher {
  /** Builds the complete message for an event of the app. Throws when it could never be published. */
  prepare(
    call: Call,
    request: {
      readonly pubsubName: string;
      readonly topic: string;
      readonly data: Uint8Array;
      readonly dataContentType?: string;
      readonly metadata?: Readonly<Record<string, string>>;
    },
  ): PreparedEvent;
  /** Resolves when the broker has stored it. A repeated id is dropped by the broker. */
  relay(call: Call, pubsubName: string, message: PreparedEvent): Promise<void>;
}

export interface OutboxRelayOptions {
  readonly store: OutboxStore;
  readonly publisher: EventPublisher;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
  /** A call that continues the trace of the event's turn. */
  readonly callFor: (traceparent: string) => Call;
}

/**
 * Publishes committed events, at once and repeatedly until the broker has stored them, and then removes them. What a
 * crash left behind is found by polling, under a lease so that replicas share the work.
 */
export class OutboxRelay {
  readonly #options: OutboxRelayOptions;
  /** In flight, by event id. */
  readonly #pending = new Map<string, OutboxEvent>();
  readonly #retries = new Map<string, Cancel>();
  #stored: string[] = [];
  /** Published since the running poll began: its result may still list them. */
  readonly #publishedMeanwhile = new Set<string>();
  #waiters: (() => void)[] = [];
  #removing: Promise<void> | undefined;
  #cancelPoll: Cancel = () => {};
  #isRunning = false;

  constructor(options: OutboxRelayOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#poll();
  }

  /** Events of a commit that just succeeded. */
  push(events: readonly OutboxEvent[]): void {
    if (this.#pending.size > maxInFlight) return;
    for (const event of events) this.#begin(event, false);
  }

  /**
   * Accepts nothing new and waits at most `limitMs` for events in flight; the rest is published after the next start.
   */
  async stop(limitMs: number): Promise<void> {
    this.#isRunning = false;
    this.#cancelPoll();
    for (const cancel of this.#retries.values()) cancel();
    for (const id of this.#retries.keys()) this.#pending.delete(id);
    this.#retries.clear();
    const drained = async (): Promise<void> => {
      while (this.#pending.size > 0 || this.#removing) await (this.#removing ?? this.#nextCompletion());
    };
    await withTimeout(this.#options.clock, limitMs, drained, () =>
      actorStateSaveFailed('events are still in flight'),
    ).catch((cause: unknown) =>
      this.#options.log.warn(
        { remaining: this.#pending.size, cause: textOf(cause) },
        'stopped before the outbox was drained',
      ),
    );
  }

  #nextCompletion(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #begin(event: OutboxEvent, isLeftover: boolean): void {
    if (this.#pending.has(event.id)) return;
    this.#pending.set(event.id, event);
    void this.#send(event, isLeftover ? 2 : 1);
  }

  async #send(event: OutboxEvent, attempt: number): Promise<void> {
    const { log, clock } = this.#options;
    try {
      await this.#publish(event, attempt);
      this.#pending.delete(event.id);
      this.#stored.push(event.id);
      this.#publishedMeanwhile.add(event.id);
      this.#removing ??= this.#remove();
    } catch (cause) {
      const afterMs = backoffDelay(attempt, publishBackoff);
      const logFields = { pubsub: event.pubsub, topic: event.topic, id: event.id, attempt, delayMs: afterMs };
      if (attempt < 3 || attempt % 10 === 0)
        log.warn({ ...logFields, cause: textOf(cause) }, 'publishing an outbox event failed, will retry');
      if (this.#isRunning)
        this.#retries.set(
          event.id,
          clock.after(afterMs, () => {
            this.#retries.delete(event.id);
            void this.#send(event, attempt + 1);
          }),
        );
      else this.#pending.delete(event.id);
    }
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #publish(event: OutboxEvent, attempt: number): Promise<void> {
    const { publisher, recorder, callFor } = this.#options;
    const { pubsub, id, topic, data, contentType, metadata } = event;
    const message = { id, topic, data, contentType, metadata };
    const call = callFor(event.traceparent);
    if (attempt === 1) return publisher.relay(call, pubsub, message);
    const start: ActivityStart<'outbox.relay'> = {
      kind: 'outbox.relay',
      name: topic,
      attributes: { pubsub, id, attempt },
    };
    return recorder.record(call, start, (relaying) => publisher.relay(relaying, pubsub, message));
  }

  async #remove(): Promise<void> {
    try {
      while (this.#stored.length > 0) await this.#options.store.remove(this.#stored.splice(0));
    } catch (cause) {
      // They stay in the outbox and are published once more: the repeated id is dropped downstream.
      this.#options.log.warn({ cause: textOf(cause) }, 'removing published events from the outbox failed');
    } finally {
      this.#removing = undefined;
    }
  }

  async #poll(): Promise<void> {
    const { store, clock, log } = this.#options;
    let claimed = 0;
    this.#publishedMeanwhile.clear();
    try {
      const timeoutError = (): Error => actorStateSaveFailed(`the outbox did not respond within ${claimTimeoutMs} ms`);
      const hasRoom = this.#pending.size < maxInFlight;
      const events = hasRoom
        ? await withTimeout(clock, claimTimeoutMs, () => store.claim(claimLimit, leaseMs), timeoutError)
        : [];
      claimed = events.length;
      for (const event of events) if (!this.#publishedMeanwhile.has(event.id)) this.#begin(event, true);
    } catch (cause) {
      log.warn({ cause: textOf(cause) }, 'reading the outbox failed, will retry');
    }
    if (this.#isRunning) this.#cancelPoll = clock.after(claimed === claimLimit ? 10 : pollMs, () => void this.#poll());
  }
}
