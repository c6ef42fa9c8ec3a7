import type { Problem } from '@tidewater/contracts/storefront.ts';
import { isTransient, problemOf } from './problem-error.ts';
import type { Scheduler } from './scheduler.ts';
import { browserScheduler, retryDelayMs } from './scheduler.ts';

/** What is known of a resource. A failed refresh keeps the data and adds the problem. */
export interface Entry<T = unknown> {
  readonly data?: T;
  readonly problem?: Problem;
  readonly isLoading: boolean;
  /** The problem may pass: it is fetched again without being asked for. */
  readonly willRetry?: boolean;
}

export type Load<T = unknown> = (signal: AbortSignal) => Promise<T>;

interface Slot {
  entry: Entry;
  load: Load | undefined;
  request: AbortController | undefined;
  /** Asked for again while in flight: what arrives may already be old. */
  isRefreshPending: boolean;
  isStale: boolean;
  /** In a row, of the kind that may pass. */
  failures: number;
  cancelRetry: (() => void) | undefined;
  readonly listeners: Set<() => void>;
}

const emptyEntry: Entry = { isLoading: false };

/** Everything fetched, by key. Readers see old data at once while a newer one is on its way. */
export class ResourceCache {
  readonly #slots = new Map<string, Slot>();
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler = browserScheduler) {
    this.#scheduler = scheduler;
  }

  read(key: string): Entry {
    return this.#slots.get(key)?.entry ?? emptyEntry;
  }

  /** Keeps the resource alive; when its last reader leaves, a request still in flight is aborted. */
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

  /** Fetches when nothing is known or what is known is stale; `load` is kept for later refreshes. */
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

  /** A refresh at an interval: not of a hidden page, and not beside a retry that is due anyway. */
  poll(key: string): void {
    if (this.#scheduler.isVisible() && (this.#slots.get(key)?.failures ?? 0) === 0) this.refresh(key);
  }

  /** Fetches at once what is shown and failed for a reason that may have passed by now. */
  retryFailed(): void {
    for (const slot of this.#slots.values()) {
      if (slot.failures > 0 && slot.request === undefined && slot.listeners.size > 0) this.#fetch(slot);
    }
  }

  /** Refreshes what is being shown; the rest when it is shown next. */
  refreshAll(): void {
    for (const key of this.#slots.keys()) this.refresh(key);
  }

  /** Newer than anything on its way: a request in flight is dropped. */
  set(key: string, data: unknown): void {
    const slot = this.#slot(key);
    slot.request?.abort();
    slot.request = undefined;
    slot.isRefreshPending = false;
    slot.isStale = false;
    resetFailures(slot);
    this.#notify(slot, { data, isLoading: false });
  }

  /** Changes what is known without touching requests in flight; `change` returns its argument for no change. */
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

  /** A page that became hidden meanwhile is fetched when it is shown again, by `retryFailed`. */
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
