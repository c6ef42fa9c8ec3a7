import { Readable } from 'node:stream';
import type { Clock } from '@outrigger/sdk';
import type { CartView, OrderView } from '@tidewater/contracts/storefront.ts';

/** Server-sent events, by name. */
export interface LiveEvents {
  readonly cart: CartView;
  readonly order: OrderView;
  readonly stock: { readonly productId: string; readonly available: number };
  readonly inside: { readonly orderId: string };
}

/** Distributes events to open pages. Nothing is stored: a page that reconnects reads everything it shows again. */
export interface LiveHub {
  /**
   * A stream of server-sent events for one page of a shopper; destroying it ends the subscription. Undefined when the
   * shopper or the address has too many.
   */
  open(shopper: string, address: string): Readable | undefined;
  /** To this shopper's pages only. */
  send<K extends keyof LiveEvents>(shopper: string, name: K, data: LiveEvents[K]): void;
  /** To all pages, with other changes of the same moment; of one product only the last is sent. */
  sendStock(change: LiveEvents['stock']): void;
  /** Whether this shopper has an open page. */
  isWatching(shopper: string): boolean;
  openStreams(): number;
  close(): Promise<void>;
}

export interface LiveHubOptions {
  readonly clock: Clock;
  readonly perShopper?: number;
  readonly perAddress?: number;
  readonly keepAliveMs?: number;
  /** A page that has not read this many bytes is disconnected, and catches up when it reconnects. */
  readonly queueBytes?: number;
  /** So is one that has had something unread for so long. */
  readonly unreadMs?: number;
  /** How long a stream lasts at most; the browser opens the next one. */
  readonly lifeMs?: number;
}

interface Page {
  readonly stream: Readable;
  readonly shopper: string;
  readonly address: string;
  readonly openedAt: number;
  unreadSince?: number;
}

/** How long a browser waits before it reconnects. */
const retryMs = 2_000;
const stockDelayMs = 100;
/** After so many pages the event loop runs other work. */
const pagesPerBatch = 250;

export function liveHub(options: LiveHubOptions): LiveHub {
  const { clock, perShopper = 8, perAddress = 300, keepAliveMs = 15_000 } = options;
  const { queueBytes = 256 << 10, unreadMs = 30_000, lifeMs = 30 * 60_000 } = options;
  const pages = new Set<Page>();
  const byShopper = new Map<string, Set<Page>>();
  const byAddress = new Map<string, Set<Page>>();
  const stockChanges = new Map<string, LiveEvents['stock']>();

  const forget = (page: Page): void => {
    pages.delete(page);
    removeFrom(byShopper, page.shopper, page);
    removeFrom(byAddress, page.address, page);
  };
  const disconnect = (page: Page): void => {
    forget(page);
    page.stream.destroy();
  };
  const end = (page: Page): void => {
    forget(page);
    page.stream.push(null);
  };
  const push = (page: Page, bytes: Buffer): void => {
    if (!pages.has(page)) return;
    page.stream.push(bytes);
    if (page.stream.readableLength > queueBytes) disconnect(page);
  };
  const pushToAll = (bytes: Buffer, remaining: readonly Page[] = [...pages]): void => {
    for (const page of remaining.slice(0, pagesPerBatch)) push(page, bytes);
    const rest = remaining.slice(pagesPerBatch);
    if (rest.length > 0) clock.after(0, () => pushToAll(bytes, rest));
  };

  const checkPages = (): void => {
    const now = clock.now();
    for (const page of pages) {
      page.unreadSince = page.stream.readableLength === 0 ? undefined : (page.unreadSince ?? now);
      if (page.unreadSince !== undefined && now - page.unreadSince >= unreadMs) disconnect(page);
      else if (now - page.openedAt >= lifeMs) end(page);
    }
    // Prevents proxies from closing a quiet connection, and finds connections that broke.
    pushToAll(Buffer.from(': keep-alive\n\n'));
    cancelCheck = clock.after(keepAliveMs, checkPages);
  };
  let cancelCheck = clock.after(keepAliveMs, checkPages);

  return {
    open(shopper, address) {
      const isFull =
        (byShopper.get(shopper)?.size ?? 0) >= perShopper || (byAddress.get(address)?.size ?? 0) >= perAddress;
      if (isFull) return undefined;
      const page: Page = { stream: new Readable({ read() {} }), shopper, address, openedAt: clock.now() };
      page.stream.on('close', () => forget(page));
      pages.add(page);
      addTo(byShopper, shopper, page);
      addTo(byAddress, address, page);
      push(page, Buffer.from(`retry: ${retryMs}\n\n`));
      return page.stream;
    },
    send(shopper, name, data) {
      const shopperPages = byShopper.get(shopper);
      if (shopperPages === undefined) return;
      const bytes = Buffer.from(rendered(name, data));
      for (const page of shopperPages) push(page, bytes);
    },
    sendStock(change) {
      if (pages.size === 0) return;
      if (stockChanges.size === 0) {
        clock.after(stockDelayMs, () => {
          const text = [...stockChanges.values()].map((each) => rendered('stock', each)).join('');
          stockChanges.clear();
          pushToAll(Buffer.from(text));
        });
      }
      stockChanges.set(change.productId, change);
    },
    isWatching: (shopper) => byShopper.has(shopper),
    openStreams: () => pages.size,
    async close() {
      cancelCheck();
      for (const page of pages) end(page);
    },
  };
}

function addTo(map: Map<string, Set<Page>>, key: string, page: Page): void {
  const set = map.get(key) ?? new Set();
  map.set(key, set.add(page));
}

function removeFrom(map: Map<string, Set<Page>>, key: string, page: Page): void {
  const set = map.get(key);
  set?.delete(page);
  if (set?.size === 0) map.delete(key);
}

// JSON.stringify writes no line breaks, so one data line is enough.
const rendered = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
