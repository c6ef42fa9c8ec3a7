import { Readable } from 'node:stream';
import type { Clock } from '@outrigger/sdk';
import type { CartView, OrderView } from '@tidewater/contracts/storefront.ts';

/** What a browser hears, by event name. */
export interface LiveNews {
  readonly cart: CartView;
  readonly order: OrderView;
  readonly stock: { readonly productId: string; readonly available: number };
  readonly inside: { readonly orderId: string };
}

/** Fans news out to open pages. Nothing is kept: a page that comes back reads what it shows anew. */
export interface LiveHub {
  /** A stream of server-sent events for one page of a shopper; destroying it ends the subscription. */
  open(shopper: string): Readable;
  /** To this shopper's pages only. */
  tell<K extends keyof LiveNews>(shopper: string, name: K, news: LiveNews[K]): void;
  tellAll<K extends keyof LiveNews>(name: K, news: LiveNews[K]): void;
  /** Whether anybody of this shopper's is listening. */
  isWatching(shopper: string): boolean;
  close(): Promise<void>;
}

export interface LiveHubOptions {
  readonly clock: Clock;
  readonly heartbeatMs?: number;
  /** A page that has not read this many bytes is let go, and catches up when it asks again. */
  readonly queueBytes?: number;
}

/** How long a browser waits before it comes back. */
const retryMs = 2_000;

export function liveHub({ clock, heartbeatMs = 15_000, queueBytes = 256 << 10 }: LiveHubOptions): LiveHub {
  const pages = new Map<string, Set<Readable>>();

  const send = (page: Readable, text: string): void => {
    page.push(text);
    if (page.readableLength > queueBytes) page.destroy();
  };
  const forget = (shopper: string, page: Readable): void => {
    const own = pages.get(shopper);
    own?.delete(page);
    if (own?.size === 0) pages.delete(shopper);
  };
  const everyPage = function* (): Iterable<Readable> {
    for (const own of pages.values()) yield* own;
  };
  const heartbeat = (): void => {
    // Keeps proxies from closing a quiet connection, and finds the ones that are gone.
    for (const page of everyPage()) send(page, ': calm\n\n');
    cancelHeartbeat = clock.after(heartbeatMs, heartbeat);
  };
  let cancelHeartbeat = clock.after(heartbeatMs, heartbeat);

  return {
    open(shopper) {
      const page = new Readable({ read() {} });
      page.on('close', () => forget(shopper, page));
      const own = pages.get(shopper) ?? new Set();
      pages.set(shopper, own.add(page));
      send(page, `retry: ${retryMs}\n\n`);
      return page;
    },
    tell(shopper, name, news) {
      const own = pages.get(shopper);
      if (own === undefined) return;
      const text = rendered(name, news);
      for (const page of own) send(page, text);
    },
    tellAll(name, news) {
      const text = rendered(name, news);
      for (const page of everyPage()) send(page, text);
    },
    isWatching: (shopper) => pages.has(shopper),
    async close() {
      cancelHeartbeat();
      for (const page of everyPage()) page.push(null);
      pages.clear();
    },
  };
}

// JSON has no line breaks of its own, so one data line is enough.
const rendered = (name: string, news: unknown): string => `event: ${name}\ndata: ${JSON.stringify(news)}\n\n`;
