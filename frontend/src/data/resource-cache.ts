import type { Problem } from '@tidewater/contracts/storefront.ts';
import { isTransient, problemOf } from './problem-error.ts';
import type { Scheduler } from './scheduler.ts';
import { browserScheduler, retryDelayMs } from './scheduler.ts';

/** The state of a resource. A failed refresh leaves the data and adds the problem. */
export interface Entry<T = unknown> {
  readonly data?: T;
  readonly problem?: Problem;
  readonly isLoading: boolean;
  /** The problem is transient and the request is retried automatically. */
  readonly willRetry?: boolean;
}

export type Load<T = unknown> = (signal: AbortSignal) => Promise<T>;

interface Slot {
  entry: Entry;
  load: Load | undefined;
  request: AbortController | undefined;
  /** A refresh was requested while in flight: the response may be outdated. */
  isRefreshPending: boolean;
  isStale: boolean;
  /** Consecutive transient failures. */
  failures: number;
  cancelRetry: (() => void) | undefined;
  readonly listeners: Set<() => void>;
}

const emptyEntry: Entry = { isLoading: false };

/** All fetched data, by key. Stale data is shown while it is refetched. */
export class ResourceCache {
  readonly #slots = new Map<string, Slot>();
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler = browserScheduler) {
    this.#scheduler = scheduler;
  }

  read(key: string): Entry {
    return this.#slots.get(key)?.entry ?? emptyEntry;
  }

  /** When the last subscriber leaves, a request in flight is aborted. */
  subscribe(key: string, listener: () => void): () => void {
    const slot = this.#slot(key);
    slot.listeners.add(listener);
    return () => {
      slot.listeners.delete(listener);
      if (slot.listeners.size > 0) return;
      slot.request?.abort();
      slot.request = undefined;
      slot.isStale = true;
      resetFailures(slot);
      slot.entry = withoutRetry({ ...slot.entry, isLoading: false });
    };
  }

  /** Fetches when there is no data or it is stale; `load` is stored for later refreshes. */
  ensure(key: string, load: Load): void {
    const slot = this.#slot(key);
    slot.load = load;
    if (slot.request === undefined && (slot.isStale || slot.entry.data === undefined)) this.#fetch(slot);
  }

  refresh(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    slot.isStale = true;
    if (slot.request !== undefined) slot.isRefreshPending = true;
    else if (slot.listeners.size > 0) this.#fetch(slot);
  }

  /** A refresh at an interval, skipped while the page is hidden or a retry is scheduled. */
  poll(key: string): void {
    if (this.#scheduler.isVisible() && (this.#slots.get(key)?.failures ?? 0) === 0) this.refresh(key);
  }

  /** Refetches immediately what is shown and failed with a transient problem. */
  retryFailed(): void {
    for (const slot of this.#slots.values()) {
      if (slot.failures > 0 && slot.request === undefined && slot.listeners.size > 0) this.#fetch(slot);
    }
  }

  /** Refreshes what is shown now; the rest when it is shown next. */
  refreshAll(): void {
    for (const key of this.#slots.keys()) this.refresh(key);
  }

  /** Sets data that is newer than any request in flight, which is aborted. */
  set(key: string, data: unknown): void {
    const slot = this.#slot(key);
    slot.request?.abort();
    slot.request = undefined;
    slot.isRefreshPending = false;
    slot.isStale = false;
    resetFailures(slot);
    this.#notify(slot, { data, isLoading: false });
  }

  /** Changes cached data without affecting requests in flight; `change` returns its argument for no change. */
  patch(prefix: string, change: (data: unknown) => unknown): void {
    for (const [key, slot] of this.#slots) {
      if (!key.startsWith(prefix) || slot.entry.data === undefined) continue;
      const data = change(slot.entry.data);
      if (data !== slot.entry.data) this.#notify(slot, { ...slot.entry, data });
    }
  }

  #slot(key: string): Slot {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = {
        entry: emptyEntry,
        load: undefined,
        request: undefined,
        isRefreshPending: false,
        isStale: true,
        failures: 0,
        cancelRetry: undefined,
        listeners: new Set(),
      };
      this.#slots.set(key, slot);
    }
    return slot;
  }

  #fetch(slot: Slot): void {
    if (slot.load === undefined) return;
    slot.cancelRetry?.();
    slot.cancelRetry = undefined;
    const request = new AbortController();
    slot.request = request;
    slot.isRefreshPending = false;
    if (!slot.entry.isLoading) this.#notify(slot, { ...slot.entry, isLoading: true });
    void this.#settle(slot, request, slot.load);
  }

  async #settle(slot: Slot, request: AbortController, load: Load): Promise<void> {
    let entry: Entry;
    let retryMs: number | undefined;
    try {
      entry = { data: await load(request.signal), isLoading: false };
    } catch (error) {
      entry = withoutRetry({ ...slot.entry, problem: problemOf(error), isLoading: false });
      if (isTransient(error)) {
        entry = { ...entry, willRetry: true };
        retryMs = Math.max(retryDelayMs(slot.failures + 1), (error.retryAfterSeconds ?? 0) * 1000);
      }
    }
    if (slot.request !== request) return;
    slot.request = undefined;
    slot.isStale = entry.problem !== undefined;
    slot.failures = retryMs === undefined ? 0 : slot.failures + 1;
    const mustRefetch = slot.isRefreshPending && retryMs === undefined;
    this.#notify(slot, mustRefetch ? { ...entry, isLoading: true } : entry);
    if (mustRefetch) this.#fetch(slot);
    else if (retryMs !== undefined) this.#retryAfter(slot, retryMs);
  }

  /** On a hidden page the retry waits for `retryFailed`. */
  #retryAfter(slot: Slot, ms: number): void {
    slot.cancelRetry = this.#scheduler.after(ms, () => {
      slot.cancelRetry = undefined;
      if (this.#scheduler.isVisible()) this.#fetch(slot);
    });
  }

  #notify(slot: Slot, entry: Entry): void {
    slot.entry = entry;
    for (const listener of slot.listeners) listener();
  }
}

const resetFailures = (slot: Slot): void => {
  slot.cancelRetry?.();
  slot.cancelRetry = undefined;
  slot.failures = 0;
};

const withoutRetry = ({ willRetry: _before, ...entry }: Entry): Entry => entry;
