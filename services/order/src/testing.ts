import type { Events, OrderRequest } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import { commandSchemas } from '@tidewater/contracts/schemas.ts';
import { silentLog } from '@tidewater/kit/log.ts';
import type { Log, LogFields } from '@tidewater/kit/log.ts';
import { testActor } from '@outrigger/sdk/testing';
import { orderActor } from './commands/order-actor.ts';
import type { OrderTimes } from './domain/watchdog.ts';

/** An order for tests. */
export const sampleRequest: OrderRequest = {
  orderId: 'TW-SAMPLE2345',
  shopperId: 'ann',
  checkoutId: '2f6a6f0e-3f4e-4b7e-9a53-8f5a1c9d7e10',
  lines: [
    { productId: 'kayak', name: 'Skerry Day Kayak', quantity: 2, unitPrice: eur(89_900) },
    { productId: 'rope', name: 'Halyard Rope', quantity: 1, unitPrice: eur(1_950) },
  ],
  contact: { name: 'Ann', email: 'ann@example.test' },
  address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
  payment: { token: 'tok_1a2b3c' },
  delivery: eur(0),
  total: eur(181_750),
};

export const sampleCard = { brand: 'Visa', last4: '4242' } as const;

export const sampleTimes = { graceMs: 10_000, fulfilmentMs: 6_000, watchdogMs: 15_000 } as const;

/** An order actor in memory, for tests; with the state that an earlier version has saved, if any. */
export function orderFixture(saved?: unknown, times: OrderTimes = sampleTimes) {
  const errors: LogFields[] = [];
  const lines: LogFields[] = [];
  const log: Log = {
    ...silentLog,
    info: (fields) => void lines.push(fields),
    error: (fields) => void errors.push(fields),
  };
  const definition = orderActor({ ...times, log });
  // Saved state is a copy each time, as it is when it is loaded.
  const stored = saved === undefined ? definition : { ...definition, state: () => structuredClone(saved) };
  const order = testActor(stored, { id: sampleRequest.orderId });
  const changes = (): Events['order.changed'][] =>
    order.events.filter(({ type }) => type === 'order.changed').map(({ data }) => data as Events['order.changed']);
  return {
    order,
    errors,
    /** What was logged at level info. */
    lines,
    published: () => changes().map(({ version, status }) => `${version} ${status}`),
    commands: () => order.events.map(({ type }) => type).filter((type) => Object.hasOwn(commandSchemas, type)),
  };
}

export type EarlierRow = readonly [status: string, by: string, asks?: readonly string[], story?: string];

/** An order as the version before this one stored it. */
export const earlierOrder = (...rows: readonly EarlierRow[]) => ({
  ...sampleRequest,
  payment: { ...sampleRequest.payment, ...sampleCard },
  changes: rows.map(([status, by, asks = [], story = 'x'], index) => {
    const at = '2026-01-01T00:00:00.000Z';
    return { version: index + 1, status, at, story, by, asks };
  }),
});

/** The event of its last change, as the version before this one published it. */
export function earlierEvent(...rows: readonly EarlierRow[]): object {
  const { changes, ...content } = earlierOrder(...rows);
  return { ...content, ...changes.at(-1) };
}

export const earlierToPayment: readonly EarlierRow[] = [
  ['submitted', 'cart'],
  ['awaiting stock', 'order', ['reserve-stock']],
  ['reserved', 'catalog'],
  ['awaiting payment', 'order', ['charge']],
];
