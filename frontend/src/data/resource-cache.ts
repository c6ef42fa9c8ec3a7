import type { Problem } from '@tidewater/contracts/storefront.ts';
import { problemOf } from './problem-error.ts';

/** What is known of a resource. A failed refresh keeps the data and adds the problem. */
export interface Entry<T = unknown> {
  readonly data?: T;
  readonly problem?: Problem;
  readonly isLoading: boolean;
}

export type Load<T = unknown> = (signal: AbortSignal) => Promise<T>;

interface Slot {
  entry: Entry;
  load: Load | undefined;
  flight: AbortController | undefined;
  /** Asked for again while in flight: what arrives may already be old. */
  isAskedAgain: boolean;
  isStale: boolean;
  readonly listeners: Set<() => void>;
}

const nothing: Entry = { isLoading: false };

/** Everything fetched, by key. Readers see old data at once while a newer one is on its way. */
export class ResourceCache {
  readonly #slots = new Map<string, Slot>();

  read(key: string): Entry {
    return this.#slots.get(key)?.entry ?? nothing;
  }

  /** Keeps the resource alive; when its last reader leaves, a request still in flight is aborted. */
  subscribe(key: string, listener: () => void): () => void {
    const slot = this.#slot(key);
    slot.listeners.add(listener);
    return () => {
      slot.listeners.delete(listener);
      if (slot.listeners.size > 0) return;
      slot.flight?.abort();
      slot.flight = undefined;
      slot.isStale = true;
      slot.entry = { ...slot.entry, isLoading: false };
    };
  }

  /** Fetches when nothing is known or what is known is stale; `load` is kept for later refreshes. */
  ensure(key: string, load: Load): void {
    const slot = this.#slot(key);
    slot.load = load;
    if (slot.flight === undefined && (slot.isStale || slot.entry.data === undefined)) this.#fetch(slot);
  }

  refresh(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    slot.isStale = true;
    if (slot.flight !== undefined) slot.isAskedAgain = true;
    else if (slot.listeners.size > 0) this.#fetch(slot);
  }

  /** Refreshes what is being shown; the rest when it is shown next. */
  refreshAll(): void {
    for (const key of this.#slots.keys()) this.refresh(key);
  }

  /** Newer than anything on its way: a request in flight is dropped. */
  set(key: string, data: unknown): void {
    const slot = this.#slot(key);
    slot.flight?.abort();
    slot.flight = undefined;
    slot.isAskedAgain = false;
    slot.isStale = false;
    this.#tell(slot, { data, isLoading: false });
  }

  /** Changes what is known without touching requests in flight; `change` returns its argument for no change. */
  patch(prefix: string, change: (data: unknown) => unknown): void {
    for (const [key, slot] of this.#slots) {
      if (!key.startsWith(prefix) || slot.entry.data === undefined) continue;
      const data = change(slot.entry.data);
      if (data !== slot.entry.data) this.#tell(slot, { ...slot.entry, data });
    }
  }

  #slot(key: string): Slot {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = {
        entry: nothing,
        load: undefined,
        flight: undefined,
        isAskedAgain: false,
        isStale: true,
        listeners: new Set(),
      };
      this.#slots.set(key, slot);
    }
    return slot;
  }

  #fetch(slot: Slot): void {
    if (slot.load === undefined) return;
    const flight = new AbortController();
    slot.flight = flight;
    slot.isAskedAgain = false;
    if (!slot.entry.isLoading) this.#tell(slot, { ...slot.entry, isLoading: true });
    void this.#settle(slot, flight, slot.load);
  }

  async #settle(slot: Slot, flight: AbortController, load: Load): Promise<void> {
    let entry: Entry;
    try {
      entry = { data: await load(flight.signal), isLoading: false };
    } catch (error) {
      entry = { ...slot.entry, problem: problemOf(error), isLoading: false };
    }
    if (slot.flight !== flight) return;
    slot.flight = undefined;
    slot.isStale = entry.problem !== undefined;
    const again = slot.isAskedAgain;
    this.#tell(slot, again ? { ...entry, isLoading: true } : entry);
    if (again) this.#fetch(slot);
  }

  #tell(slot: Slot, entry: Entry): void {
    slot.entry = entry;
    for (const listener of slot.listeners) listener();
  }
}
