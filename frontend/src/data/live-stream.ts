import type { QueryClient } from '@tanstack/react-query';
import type { CartView, OrderView } from '@tidewater/contracts/storefront.ts';
import type { StockUpdate } from './live-updates.ts';
import { applyCart, applyOrder, applyStock } from './live-updates.ts';
import { refetchAll } from './query-client.ts';
import { queryKeys } from './query-keys.ts';

export type LiveStreamState = 'closed' | 'open' | 'broken';

const minRetryMs = 1_000;
const maxRetryMs = 15_000;
/** Activities come in bursts; one refresh after each burst is enough. */
const insideDebounceMs = 250;

/**
 * Server-sent events while the page is visible. A hidden page closes its connection (browsers allow six per host) and
 * refreshes when it becomes visible again; a broken connection does so when it is reestablished.
 */
export class LiveStream {
  readonly #client: QueryClient;
  readonly #listeners = new Set<() => void>();
  readonly #insideTimers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #url: string;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = minRetryMs;
  #state: LiveStreamState = 'closed';
  #mayHaveMissedUpdates = false;

  constructor(client: QueryClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  get state(): LiveStreamState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  open(): void {
    if (this.#source !== undefined) return;
    clearTimeout(this.#retry);
    const source = new EventSource(this.#url);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#retryMs = minRetryMs;
      this.#setState('open');
      if (this.#mayHaveMissedUpdates) refetchAll(this.#client);
      this.#mayHaveMissedUpdates = false;
    });
    source.addEventListener('error', () => this.#handleError(source));
    this.#listen<CartView>(source, 'cart', (cart) => applyCart(this.#client, cart));
    this.#listen<OrderView>(source, 'order', (order) => {
      applyOrder(this.#client, order);
      this.#refreshInside(order.orderId);
    });
    this.#listen<StockUpdate>(source, 'stock', (update) => applyStock(this.#client, update));
    this.#listen<{ orderId: string }>(source, 'inside', ({ orderId }) => this.#refreshInside(orderId));
  }

  /** Closes the connection. Updates are missed until the next `open`, which refreshes everything. */
  close(): void {
    clearTimeout(this.#retry);
    this.#mayHaveMissedUpdates = true;
    this.#source?.close();
    this.#source = undefined;
    this.#setState('closed');
  }

  #listen<T>(source: EventSource, name: string, apply: (update: T) => void): void {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      const update: T = JSON.parse(event.data);
      apply(update);
    });
  }

  #handleError(source: EventSource): void {
    if (this.#source !== source) return;
    // EventSource stops reconnecting after an error status; this class does not.
    source.close();
    this.#source = undefined;
    this.#mayHaveMissedUpdates = true;
    this.#setState('broken');
    this.#retry = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs);
  }

  #refreshInside(orderId: string): void {
    if (this.#insideTimers.has(orderId)) return;
    const timer = setTimeout(() => {
      this.#insideTimers.delete(orderId);
      const filter = { queryKey: queryKeys.inside(orderId) };
      // A request in flight may miss the newest activities, so another one follows it.
      if (this.#client.isFetching(filter) > 0) this.#refreshInside(orderId);
      else void this.#client.invalidateQueries(filter);
    }, insideDebounceMs);
    this.#insideTimers.set(orderId, timer);
  }

  #setState(state: LiveStreamState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
