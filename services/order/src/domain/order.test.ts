import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@outrigger/sdk/testing';
import { orderView } from '@tidewater/contracts/order-view.ts';
import { eur } from '@tidewater/contracts/money.ts';
import { isTerminal, orderStatuses } from '@tidewater/contracts/order-status.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { eventSchemas, messageSchemas } from '@tidewater/contracts/schemas.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { canCancel, isSettled, lastChange, paidStatuses, statusOf, timeouts, transitions } from './order.ts';
import type { InputKind, OrderInput } from './order.ts';
import { orderDetails } from './order-details.ts';
import { messagesOf, recordOf } from '../commands/order-messages.ts';
import { advanceOrder, submitOrder } from './order-process.ts';
import type { Order, OrderChange } from './order-state.ts';
import { sampleCard, sampleRequest } from '../testing.ts';

const at = '2026-01-01T12:00:00.000Z';

/** One of each kind. */
const inputs: Readonly<Record<InputKind, OrderInput>> = {
  'grace-ended': { kind: 'grace-ended' },
  'stock-reserved': { kind: 'stock-reserved' },
  'stock-rejected': { kind: 'stock-rejected', missing: [{ productId: 'kayak', requested: 2, available: 0 }] },
  'payment-captured': { kind: 'payment-captured', amount: sampleRequest.total, card: sampleCard },
  'payment-declined': { kind: 'payment-declined', reason: 'insufficient funds' },
  'payment-refunded': { kind: 'payment-refunded', amount: sampleRequest.total },
  'payment-voided': { kind: 'payment-voided' },
  'packing-finished': { kind: 'packing-finished' },
  'parcel-collected': { kind: 'parcel-collected' },
  'parcel-delivered': { kind: 'parcel-delivered' },
  cancel: { kind: 'cancel' },
  'processing-failed': { kind: 'processing-failed', reason: 'no response', service: 'payment' },
};
const kinds = Object.keys(inputs) as InputKind[];

const after = (...path: InputKind[]): Order =>
  path.reduce((order, kind) => advanceOrder(order, inputs[kind], at), submitOrder(sampleRequest, at));

const labelOf = ({ status, commands }: Pick<OrderChange, 'status' | 'commands'>): string =>
  [status, ...commands].join(' ');

/** An order for each combination of status and commands that the table leads to. */
function reachableOrders(): ReadonlyMap<string, Order> {
  const reached = new Map<string, Order>();
  const waiting = [submitOrder(sampleRequest, at)];
  for (let order = waiting.pop(); order !== undefined; order = waiting.pop()) {
    const label = labelOf(lastChange(order));
    if (reached.has(label)) continue;
    reached.set(label, order);
    for (const kind of kinds) waiting.push(advanceOrder(order, inputs[kind], at));
  }
  return reached;
}

const reachable = reachableOrders();
const responses: readonly InputKind[] = kinds.filter((kind) => /^(stock|payment)-/.test(kind));

for (const [label, order] of reachable) {
  test(`advanceOrder: an order that is ${label} changes according to its row only`, () => {
    for (const kind of kinds) {
      const row = transitions[statusOf(order)][kind];
      const next = advanceOrder(order, inputs[kind], at);
      // A response counts only for a command that was sent with the last change.
      if (row === undefined || (next === order && responses.includes(kind))) {
        assert.equal(next, order, kind);
        continue;
      }
      assert.equal(labelOf(lastChange(next)), labelOf(row), kind);
      assert.equal(lastChange(next).version, lastChange(order).version + 1);
      assert.equal(advanceOrder(next, inputs[kind], at), next, `${kind} twice`);
    }
  });
}

test('transitions: every status is reachable, and every transition is taken', () => {
  const statuses = new Set([...reachable.values()].map(statusOf));
  assert.deepEqual(
    orderStatuses.filter((status) => !statuses.has(status)),
    [],
  );
  const taken = new Set(
    [...reachable.values()].flatMap((order) =>
      kinds
        .filter((kind) => advanceOrder(order, inputs[kind], at) !== order)
        .map((kind) => `${statusOf(order)} ${kind}`),
    ),
  );
  const listed = Object.entries(transitions).flatMap(([status, row]) =>
    Object.keys(row).map((kind) => `${status} ${kind}`),
  );
  assert.deepEqual(
    listed.filter((each) => !taken.has(each)),
    [],
  );
});

test('transitions: an order waits for time, for a response, or is settled', () => {
  for (const [label, order] of reachable) {
    const { status } = lastChange(order);
    const awaited = kinds.filter((kind) => responses.includes(kind) && advanceOrder(order, inputs[kind], at) !== order);
    const reasons = [timeouts[status] !== undefined, awaited.length > 0, isSettled(order)];
    assert.deepEqual(reasons.filter(Boolean), [true], label);
  }
});

const listedKinds = (order: Order): readonly InputKind[] => Object.keys(transitions[statusOf(order)]) as InputKind[];

/** Terminal statuses that the table reaches from another one. */
const followingEnds = orderStatuses.filter(isTerminal).flatMap((status) =>
  Object.values(transitions[status])
    .map((row) => row.status)
    .filter((next) => next !== status),
);

/** Walks one order through random inputs, with repeats, and checks what must hold after each. */
function walk(seed: number): Order {
  const random = seededRandom(seed);
  let order = submitOrder(sampleRequest, at);
  for (let round = 0; round < 60; round++) {
    const kind = kinds[Math.floor(random.random() * kinds.length)];
    const input = inputs[kind ?? 'cancel'];
    const before = order;
    order = advanceOrder(order, input, at);
    if (random.random() < 0.3) order = advanceOrder(order, input, at);
    assert.deepEqual(order.changes.slice(0, before.changes.length), before.changes, 'history is never rewritten');
    const mayChange = !isSettled(before) || listedKinds(before).some((each) => !responses.includes(each));
    assert.ok(order === before || mayChange, `a response changed a settled order (seed ${seed})`);
  }
  return order;
}

test('advanceOrder: for any inputs in any order, versions have no gaps, and an order ends once', () => {
  const reached = new Set<OrderStatus>();
  for (let seed = 1; seed <= 3_000; seed++) {
    const { changes } = walk(seed);
    assert.deepEqual(
      changes.map(({ version }) => version),
      changes.map((_, index) => index + 1),
    );
    const statuses = changes.map(({ status }) => status);
    for (const status of statuses) reached.add(status);
    const ends = new Set(statuses.filter(isTerminal));
    // A refund follows another end.
    for (const status of followingEnds) if (ends.size > 1) ends.delete(status);
    assert.ok(ends.size <= 1, `two ends: ${[...ends].join(', ')} (seed ${seed})`);
  }
  assert.equal(reached.size, orderStatuses.length, 'the walks reach every status');
});

test('advanceOrder: for any inputs, stock and charge are each taken once and given back at most once', () => {
  for (let seed = 1; seed <= 3_000; seed++) {
    const commands = walk(seed).changes.flatMap((change) => change.commands);
    const count = (command: string): number => commands.filter((each) => each === command).length;
    assert.ok(Math.max(count('charge'), count('reserve-stock'), count('unwind-payment')) <= 1, `seed ${seed}`);
    assert.ok(count('commit-stock') + count('release-stock') <= 1, `committed and released (seed ${seed})`);
    assert.ok(count('restock') <= count('commit-stock'), `restocked without being committed (seed ${seed})`);
    assert.ok(count('release-stock') <= count('reserve-stock'), `released without being reserved (seed ${seed})`);
    assert.ok(count('unwind-payment') <= count('charge'), `unwound without a charge (seed ${seed})`);
  }
});

test('messagesOf: for any inputs, the data of each message satisfies its schema and holds no more', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const order = walk(seed);
    for (const change of order.changes)
      for (const { type, data } of messagesOf(order, change)) {
        assert.ok(isValid(messageSchemas[type as keyof typeof messageSchemas], data), `${type} (seed ${seed})`);
        const text = JSON.stringify(data);
        const isToPayment = type === 'charge' || type === 'unwind-payment';
        assert.equal(text.includes(sampleRequest.payment.token), isToPayment, `${type} and the card token`);
        assert.equal(text.includes(sampleRequest.address.street), type === 'order.recorded', `${type} and the address`);
      }
  }
});

test('recordOf: an order of an earlier version, with data that is no longer valid, can still end', () => {
  const old = {
    ...sampleRequest,
    contact: { name: 'A\0nn', email: 'a@b..de' },
    address: { ...sampleRequest.address, country: 'ZZ' },
    payment: { token: sampleRequest.payment.token, brand: 'Gold\u202e', last4: 'abcd' },
  };
  const record = recordOf(old, lastChange(submitOrder(old, at)));
  assert.ok(isValid(eventSchemas['order.recorded'], record));
  assert.deepEqual(record.payment, {});
  assert.deepEqual([record.address.street, record.total], ['Quay 1', sampleRequest.total]);
});

for (const [kind, path] of [
  ['payment-captured', ['grace-ended', 'stock-reserved']],
  ['payment-refunded', ['grace-ended', 'stock-reserved', 'cancel']],
] as const) {
  test(`advanceOrder: ${kind} counts only for the requested amount and currency`, () => {
    const before = after(...path);
    const { amount, currency } = sampleRequest.total;
    for (const wrong of [eur(amount - 1), eur(amount + 1), eur(0), { amount, currency: 'USD' as 'EUR' }])
      assert.equal(advanceOrder(before, { kind, amount: wrong }, at), before);
    assert.notEqual(advanceOrder(before, { kind, amount: { amount, currency } }, at), before);
  });
}

test('advanceOrder: a payment that is captured after the cancellation is refunded', () => {
  const order = after('grace-ended', 'stock-reserved', 'cancel', 'payment-captured');
  assert.equal(statusOf(order), 'cancelled');
  assert.equal(statusOf(advanceOrder(order, inputs['payment-refunded'], at)), 'refunded');
});

// eShopOnDapr stored "Paid" when the payment had failed, so that the order could be shipped.
test('eshopondapr: a declined payment never leads to packing or shipping', () => {
  const path = ['packing-finished', 'parcel-collected', 'parcel-delivered'] as const;
  assert.equal(statusOf(after('grace-ended', 'stock-reserved', 'payment-declined', ...path)), 'payment-failed');
});

// eShopOnDapr's reminder after the stock check did not look at the state, and charged cancelled orders.
test('eshopondapr: reminders of a cancelled order do nothing', () => {
  const order = after('grace-ended', 'cancel', 'grace-ended', 'stock-reserved', 'payment-captured');
  assert.equal(statusOf(order), 'cancelled');
  assert.ok(!order.changes.some(({ commands }) => commands.includes('charge')));
});

test('canCancel: an order can be cancelled until it is shipped', () => {
  assert.deepEqual(orderStatuses.filter(canCancel), [
    'submitted',
    'awaiting-stock',
    'awaiting-payment',
    'paid',
    'packed',
  ]);
});

test('paidStatuses: from the captured payment to the delivery', () => {
  assert.deepEqual([...paidStatuses], ['paid', 'packed', 'shipped', 'delivered']);
});

test('orderView: every change has a sentence, and none shows the card token', () => {
  for (const [label, order] of reachable)
    for (const { text } of orderView(orderDetails(order)).steps) {
      assert.match(text, /^\S.{8,}[.]$/, label);
      assert.ok(!text.includes(sampleRequest.payment.token), label);
    }
});
