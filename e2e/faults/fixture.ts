import assert from 'node:assert/strict';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { OrderSummary } from '@tidewater/contracts/storefront.ts';
import { type LedgerChecks, ledgerChecks, netCharged } from '../harness/ledger-checks.ts';
import { type Broker, openBroker } from '../harness/broker.ts';
import { database, type Rows } from '../harness/database.ts';
import { Shopper } from '../harness/shopper.ts';
import { eventually, startStore, type StoreUnderTest } from '../harness/store.ts';

/** A store with access to everything that a fault test checks. */
export interface FaultsFixture {
  readonly store: StoreUnderTest;
  readonly ledger: LedgerChecks;
  readonly broker: Broker;
  readonly rows: Rows;
  /** A product that no other test uses, so that its stock can be counted, with this many available. */
  product(free?: number): Promise<string>;
  close(): Promise<void>;
}

/** Short delays, no request limits, and repeats of the order after one second. */
const quick = {
  GRACE_SECONDS: '1',
  FULFILMENT_SECONDS: '0.8',
  PROVIDER_SLOW_MS: '1500',
  RATE_LIMIT_FACTOR: '1000',
  WATCHDOG_SECONDS: '1',
};

export async function openFixture(env: Readonly<Record<string, string>> = {}): Promise<FaultsFixture> {
  const store = await startStore({ env: { ...quick, ...env } });
  const running = () => store.running();
  const ledger = ledgerChecks(running);
  const broker = await openBroker(running);
  const { products } = await new Shopper(store.url).get<ProductPage>('/api/products?size=60&sort=name');
  const unused = products.map(({ id }) => id);
  return {
    store,
    ledger,
    broker,
    rows: database(running),
    async product(free = 100) {
      const id = unused.shift();
      assert.ok(id, 'no product is left');
      await ledger.setStock(id, free);
      await ledger.availableBecomes(id, free);
      return id;
    },
    async close() {
      await broker.close();
      await store.stop();
    },
  };
}

/** The effects of an order that ended in this status. */
const effects: Partial<Record<OrderStatus, { readonly isPaid: boolean; readonly isTaken: boolean }>> = {
  delivered: { isPaid: true, isTaken: true },
  rejected: { isPaid: false, isTaken: false },
  'payment-failed': { isPaid: false, isTaken: false },
  cancelled: { isPaid: false, isTaken: false },
  refunded: { isPaid: false, isTaken: false },
};

/** Waits until the projection lists the order with this final status. */
export function isListed(shopper: Shopper, orderId: string, status: OrderStatus, limitMs = 60_000): Promise<unknown> {
  return eventually(
    `order ${orderId} being listed as ${status}`,
    () => shopper.get<readonly OrderSummary[]>('/api/orders'),
    (orders) => orders.some((order) => order.orderId === orderId && order.status === status),
    limitMs,
  );
}

/** Checks an order of one item: charged once or not at all, exact stock, nothing pending. */
export async function expectExact(
  { ledger, rows }: FaultsFixture,
  order: { readonly orderId: string; readonly status: OrderStatus; readonly total: { readonly amount: number } },
  stock: { readonly productId: string; readonly before: number },
): Promise<void> {
  const effect = effects[order.status];
  assert.ok(effect, `${order.orderId} is ${order.status}, which is not a final status`);
  const charges = await eventually(
    `the payments of ${order.orderId} being correct`,
    () => ledger.charges(order.orderId),
    (all) => netCharged(all) === (effect.isPaid ? order.total.amount : 0),
    20_000,
  );
  assert.ok(charges.length <= 1, `${order.orderId} was charged ${charges.length} times`);
  await ledger.availableBecomes(stock.productId, stock.before - (effect.isTaken ? 1 : 0));
  await eventually(
    `nothing of ${order.orderId} being pending`,
    () =>
      rows<{ settled: boolean; isComplete: boolean; stock: string | null }>(
        `select settled, event_count = version as "isComplete", state as stock
         from ordering.orders left join catalog.order_stock using (order_id) where order_id = $1`,
        [order.orderId],
      ),
    ([row]) => row !== undefined && row.settled && row.isComplete && (row.stock === 'committed') === effect.isTaken,
    20_000,
  );
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
