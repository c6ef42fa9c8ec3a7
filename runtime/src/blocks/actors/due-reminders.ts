import type { Cancel, Clock } from '#core/clock.ts';
import { within } from '#core/deadline.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { DueHeap } from './due-heap.ts';
import { reminderGetFailed } from './errors.ts';
import type { FiringLanes } from './firing-lanes.ts';
import { partitionOf } from './partition.ts';
import type { Placement } from './placement.ts';
import type { ActorRef, Fence, Reminder, ReminderStore } from './ports.ts';

const pollMs = 1000;
/** Longer than a poll, so that what falls due between two of them is known in time. */
const horizonMs = 2500;
const pollLimit = 5000;
const pollLimitMs = 10_000;

/** A reminder that is near its time, as this host knows it. */
export interface DueReminder {
  readonly reminder: Reminder;
  /** Failed tries of this firing so far. */
  readonly attempt: number;
  /** How many of them the app refused; the others found nobody there. */
  readonly refusals: number;
  /** True once it was deleted, replaced, or moved to another host: it must not fire any more. */
  readonly isGone: boolean;
  /** The app has answered this firing; only the record of it is missing. */
  answer?: 'done' | 'cancel';
}

export type Fired =
  | { readonly kind: 'gone' }
  | { readonly kind: 'next'; readonly reminder: Reminder }
  | { readonly kind: 'again'; readonly afterMs: number; readonly isRefusal?: boolean };

interface Entry extends DueReminder {
  readonly key: string;
  reminder: Reminder;
  at: number;
  attempt: number;
  refusals: number;
  isGone: boolean;
  isFiring: boolean;
}

export interface DueRemindersOptions {
  readonly store: ReminderStore;
  readonly placement: Placement;
  readonly lanes: FiringLanes;
  readonly clock: Clock;
  readonly log: Log;
  /** Must not reject. */
  readonly fire: (due: DueReminder) => Promise<Fired>;
}

/**
 * Knows what falls due soon in the partitions this host owns, and has it fired in time. What this host changes itself
 * is told by `hold` and `changed`; the poll finds the rest and what a crash left behind.
 */
export class DueReminders {
  readonly #options: DueRemindersOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #heap = new DueHeap<Entry>();
  /** Keys being written now, and those written since the running poll began: its answer about them may be old. */
  readonly #held = new Map<string, number>();
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

  /** Fires nothing more; firings under way go on. */
  stop(): void {
    this.#isRunning = false;
    this.#cancelPoll();
    this.#cancelWake();
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) entry.isGone = true;
    this.#entries.clear();
  }

  /** Partitions came to this host: what was due in them meanwhile should fire now. */
  gained(): void {
    this.#poll();
  }

  vacated(fences: readonly Fence[]): void {
    const gone = new Set(fences.map((fence) => `${fence.partition}/${fence.type}`));
    for (const entry of this.#entries.values()) {
      const { type, id } = entry.reminder.actor;
      if (gone.has(`${partitionOf(id)}/${type}`)) this.#drop(entry);
    }
  }

  /** Reminders of the actor are about to be written. Call what it returns when the write has ended, well or not. */
  hold(actor: ActorRef, names: readonly string[]): () => void {
    const keys = names.map((name) => keyOf(actor, name));
    for (const key of keys) this.#held.set(key, (this.#held.get(key) ?? 0) + 1);
    return () => {
      for (const key of keys) {
        const left = (this.#held.get(key) ?? 1) - 1;
        if (left > 0) this.#held.set(key, left);
        else this.#held.delete(key);
        this.#touch(key);
      }
    };
  }

  /** A reminder was set (or, with undefined, deleted) by this host. */
  changed(actor: ActorRef, name: string, reminder: Reminder | undefined): void {
    const known = this.#entries.get(keyOf(actor, name));
    if (known) this.#drop(known);
    if (reminder) this.#add(reminder);
  }

  #touch(key: string): void {
    if (this.#isPolling) this.#touched.add(key);
  }

  #drop(entry: Entry): void {
    entry.isGone = true;
    this.#entries.delete(entry.key);
  }

  #add(reminder: Reminder): void {
    if (!this.#isRunning || reminder.dueAt > this.#options.clock.now() + horizonMs) return;
    const key = keyOf(reminder.actor, reminder.name);
    const entry: Entry = { key, reminder, at: reminder.dueAt, attempt: 0, refusals: 0, isGone: false, isFiring: false };
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
        if (due.isGone || due.isFiring) continue;
        due.isFiring = true;
        void this.#fire(due);
      }
      this.#wake();
    });
  }

  #fire(entry: Entry): Promise<void> {
    const { actor } = entry.reminder;
    return this.#options.lanes.run(`${actor.type}/${actor.id}`, async () => {
      const fired: Fired = entry.isGone ? { kind: 'gone' } : await this.#options.fire(entry);
      entry.isFiring = false;
      this.#touch(entry.key);
      if (entry.isGone) return;
      switch (fired.kind) {
        case 'gone':
          this.#drop(entry);
          return;
        case 'next':
          this.#drop(entry);
          this.#add(fired.reminder);
          return;
        case 'again':
          entry.attempt += 1;
          if (fired.isRefusal) entry.refusals += 1;
          entry.at = this.#options.clock.now() + fired.afterMs;
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
        log.warn({ cause: textOf(cause) }, 'due reminders could not be read, will try again');
        finish(pollMs);
      },
    );
  }

  async #read(): Promise<boolean> {
    const { store, placement, clock } = this.#options;
    const fences = placement.fences();
    if (fences.length === 0) return false;
    const late = (): Error => reminderGetFailed(`the store did not answer within ${pollLimitMs} ms`);
    const found = await within(clock, pollLimitMs, () => store.due(fences, clock.now() + horizonMs, pollLimit), late);
    for (const reminder of found) {
      const key = keyOf(reminder.actor, reminder.name);
      if (this.#touched.has(key) || this.#held.has(key)) continue;
      const known = this.#entries.get(key);
      if (known) {
        const isSame = known.reminder.version === reminder.version && known.reminder.dueAt === reminder.dueAt;
        if (isSame || known.isFiring) continue;
        this.#drop(known);
      }
      this.#add(reminder);
    }
    return found.length === pollLimit;
  }
}

function keyOf(actor: ActorRef, name: string): string {
  return `${actor.type}\n${actor.id}\n${name}`;
}
