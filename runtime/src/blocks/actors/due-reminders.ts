import type { Cancel, Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { DueHeap } from './due-heap.ts';
import { reminderGetFailed } from './errors.ts';
import type { KeyedConcurrencyLimiter } from './keyed-concurrency-limiter.ts';
import { partitionOf } from './partition.ts';
import type { Placement } from './placement.ts';
import type { ActorRef, Fence, Reminder, ReminderStore } from './ports.ts';

const pollMs = 1000;
/** Longer than a poll interval, so that what falls due between two polls is known in time. */
const horizonMs = 2500;
const pollLimit = 5000;
const pollTimeoutMs = 10_000;

/** A reminder that is almost due, as this host knows it. */
export interface DueReminder {
  readonly reminder: Reminder;
  /** Failed attempts of this firing so far. */
  readonly attempt: number;
  /** How many of them the app rejected; the others could not reach it. */
  readonly rejections: number;
  /** True once it was deleted, replaced, or moved to another host: it must not fire any more. */
  readonly isObsolete: boolean;
  /** The result of the app for this firing; set when only recording the firing is left to do. */
  appResult?: 'done' | 'cancel';
}

export type FiringOutcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'next'; readonly reminder: Reminder }
  | { readonly kind: 'again'; readonly afterMs: number; readonly isRejection?: boolean };

interface Entry extends DueReminder {
  readonly key: string;
  reminder: Reminder;
  at: number;
  attempt: number;
  rejections: number;
  isObsolete: boolean;
  isFiring: boolean;
}

export interface DueRemindersOptions {
  readonly store: ReminderStore;
  readonly placement: Placement;
  readonly limiter: KeyedConcurrencyLimiter;
  readonly clock: Clock;
  readonly log: Log;
  /** Must not reject. */
  readonly fire: (due: DueReminder) => Promise<FiringOutcome>;
}

/**
 * Tracks what falls due soon in the partitions this host owns, and fires it in time. Changes by this host are reported
 * through `beginWrite` and `changed`; the poll finds the others and what a crash left behind.
 */
export class DueReminders {
  readonly #options: DueRemindersOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #heap = new DueHeap<Entry>();
  /**
   * Keys being written now, and those written since the running poll began: the poll's data about them may be stale.
   */
  readonly #writesInProgress = new Map<string, number>();
  readonly #touched = new Set<string>();
  #cancelWake: Cancel = () => {};
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelPoll: Cancel = () => {};
  #isRunning = false;
  #isPolling = false;
  #pollAgain = false;

  constructor(options: DueRemindersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isRunning = true;
    this.#poll();
  }

  /** Fires nothing more; running firings continue. */
  stop(): void {
    this.#isRunning = false;
    this.#cancelPoll();
    this.#cancelWake();
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) entry.isObsolete = true;
    this.#entries.clear();
  }

  /** Partitions were acquired: what fell due in them before must fire now. */
  onAcquired(): void {
    this.#poll();
  }

  onRevoked(fences: readonly Fence[]): void {
    const revoked = new Set(fences.map((fence) => `${fence.partition}/${fence.type}`));
    for (const entry of this.#entries.values()) {
      const { type, id } = entry.reminder.actor;
      if (revoked.has(`${partitionOf(id)}/${type}`)) this.#drop(entry);
    }
  }

  /**
   * Reminders of the actor are about to be written. Call the returned function when the write has ended, successfully
   * or not.
   */
  beginWrite(actor: ActorRef, names: readonly string[]): () => void {
    const keys = names.map((name) => keyOf(actor, name));
    for (const key of keys) this.#writesInProgress.set(key, (this.#writesInProgress.get(key) ?? 0) + 1);
    return () => {
      for (const key of keys) {
        const remaining = (this.#writesInProgress.get(key) ?? 1) - 1;
        if (remaining > 0) this.#writesInProgress.set(key, remaining);
        else this.#writesInProgress.delete(key);
        this.#touch(key);
      }
    };
  }

  /** A reminder was set (or, with undefined, deleted) by this host. */
  changed(actor: ActorRef, name: string, reminder: Reminder | undefined): void {
    const existing = this.#entries.get(keyOf(actor, name));
    if (existing) this.#drop(existing);
    if (reminder) this.#add(reminder);
  }

  #touch(key: string): void {
    if (this.#isPolling) this.#touched.add(key);
  }

  #drop(entry: Entry): void {
    entry.isObsolete = true;
    this.#entries.delete(entry.key);
  }

  #add(reminder: Reminder): void {
    if (!this.#isRunning || reminder.dueAt > this.#options.clock.now() + horizonMs) return;
    const key = keyOf(reminder.actor, reminder.name);
    const entry: Entry = {
      key,
      reminder,
      at: reminder.dueAt,
      attempt: 0,
      rejections: 0,
      isObsolete: false,
      isFiring: false,
    };
    this.#entries.set(key, entry);
    this.#schedule(entry);
  }

  #schedule(entry: Entry): void {
    this.#heap.push(entry);
    this.#wake();
  }

  #wake(): void {
    const next = this.#heap.peek();
    if (!next || next.at >= this.#wakeAt) return;
    this.#cancelWake();
    this.#wakeAt = next.at;
    const { clock } = this.#options;
    this.#cancelWake = clock.after(next.at - clock.now(), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      for (let due = this.#heap.peek(); due && due.at <= clock.now(); due = this.#heap.peek()) {
        this.#heap.pop();
        if (due.isObsolete || due.isFiring) continue;
        due.isFiring = true;
        void this.#fire(due);
      }
      this.#wake();
    });
  }

  #fire(entry: Entry): Promise<void> {
    const { actor } = entry.reminder;
    return this.#options.limiter.run(`${actor.type}/${actor.id}`, async () => {
      const outcome: FiringOutcome = entry.isObsolete ? { kind: 'finished' } : await this.#options.fire(entry);
      entry.isFiring = false;
      this.#touch(entry.key);
      if (entry.isObsolete) return;
      switch (outcome.kind) {
        case 'finished':
          this.#drop(entry);
          return;
        case 'next':
          this.#drop(entry);
          this.#add(outcome.reminder);
          return;
        case 'again':
          entry.attempt += 1;
          if (outcome.isRejection) entry.rejections += 1;
          entry.at = this.#options.clock.now() + outcome.afterMs;
          this.#schedule(entry);
          return;
      }
    });
  }

  #poll(): void {
    if (!this.#isRunning) return;
    this.#cancelPoll();
    if (this.#isPolling) {
      this.#pollAgain = true;
      return;
    }
    this.#isPolling = true;
    this.#pollAgain = false;
    const { clock, log } = this.#options;
    const finish = (delayMs: number): void => {
      this.#isPolling = false;
      this.#touched.clear();
      if (!this.#isRunning) return;
      if (this.#pollAgain) this.#poll();
      else this.#cancelPoll = clock.after(delayMs, () => this.#poll());
    };
    this.#read().then(
      (isFull) => finish(isFull ? pollMs / 5 : pollMs),
      (cause: unknown) => {
        log.warn({ cause: textOf(cause) }, 'reading due reminders failed, will retry');
        finish(pollMs);
      },
    );
  }

  async #read(): Promise<boolean> {
    const { store, placement, clock } = this.#options;
    const fences = placement.fences();
    if (fences.length === 0) return false;
    const timeoutError = (): Error => reminderGetFailed(`the store did not respond within ${pollTimeoutMs} ms`);
    const dueReminders = await withTimeout(
      clock,
      pollTimeoutMs,
      () => store.due(fences, clock.now() + horizonMs, pollLimit),
      timeoutError,
    );
    for (const reminder of dueReminders) {
      const key = keyOf(reminder.actor, reminder.name);
      if (this.#touched.has(key) || this.#writesInProgress.has(key)) continue;
      const existing = this.#entries.get(key);
      if (existing) {
        const isSame = existing.reminder.version === reminder.version && existing.reminder.dueAt === reminder.dueAt;
        if (isSame || existing.isFiring) continue;
        this.#drop(existing);
      }
      this.#add(reminder);
    }
    return dueReminders.length === pollLimit;
  }
}

function keyOf(actor: ActorRef, name: string): string {
  return `${actor.type}\n${actor.id}\n${name}`;
}
