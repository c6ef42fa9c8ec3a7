import type { CartView, OrderView } from '@tidewater/contracts/storefront.ts';
import { keyOf, tellCart, tellOrder, tellStock } from './live-news.ts';
import type { ResourceCache } from './resource-cache.ts';

export type LiveState = 'closed' | 'open' | 'broken';

const firstRetryMs = 1_000;
const lastRetryMs = 15_000;
/** Activities come in bursts; one look at the end of each is enough. */
const insideQuietMs = 250;

/**
 * The shop's news, while the page is looked at. A hidden page lets go of its connection (a browser has only six for one
 * shop) and catches up when it is shown again; so does a broken one when it is back.
 */
export class LiveStream {
  readonly #cache: ResourceCache;
  readonly #listeners = new Set<() => void>();
  readonly #insideDue = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #url: string;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = firstRetryMs;
  #state: LiveState = 'closed';
  #hasMissed = false;

  constructor(cache: ResourceCache, url: string) {
    this.#cache = cache;
    this.#url = url;
  }

  get state(): LiveState {
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
      this.#retryMs = firstRetryMs;
      this.#become('open');
      if (this.#hasMissed) this.#cache.refreshAll();
      this.#hasMissed = false;
    });
    source.addEventListener('error', () => this.#lose(source));
    this.#hear<CartView>(source, 'cart', (cart) => tellCart(this.#cache, cart));
    this.#hear<OrderView>(source, 'order', (order) => {
      tellOrder(this.#cache, order);
      this.#lookInside(order.orderId);
    });
    this.#hear<{ productId: string; available: number }>(source, 'stock', (news) => tellStock(this.#cache, news));
    this.#hear<{ orderId: string }>(source, 'inside', ({ orderId }) => this.#lookInside(orderId));
  }

  /** Until the next `open`. Nothing is delivered meanwhile, so the next `open` catches up. */
  close(): void {
    clearTimeout(this.#retry);
    this.#hasMissed = true;
    this.#source?.close();
    this.#source = undefined;
    this.#become('closed');
  }

  #hear<T>(source: EventSource, name: string, tell: (news: T) => void): void {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      const news: T = JSON.parse(event.data);
      tell(news);
    });
  }

  #lose(source: EventSource): void {
    if (this.#source !== source) return;
    // Its own reconnecting gives up on an error status; ours does not.
    source.close();
    this.#source = undefined;
    this.#hasMissed = true;
    this.#become('broken');
    this.#retry = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
  }

  #lookInside(orderId: string): void {
    if (this.#insideDue.has(orderId)) return;
    const due = setTimeout(() => {
      this.#insideDue.delete(orderId);
      this.#cache.refresh(keyOf.inside(orderId));
    }, insideQuietMs);
    this.#insideDue.set(orderId, due);
  }

  #become(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
