import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { terminalStatuses } from '@tidewater/contracts/order-status.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { seededRandom } from '@outrigger/sdk/testing';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { canCancel, isSettled, lastChange, statusOf } from './order.ts';
import type { Order, OrderInput } from './order.ts';
import { changedEvent } from './order-event.ts';
import { sampleCard, sampleRequest } from './sample-order.ts';
import { advanceOrder, submitOrder } from './transitions.ts';

const at = '2026-01-01T12:00:00.000Z';

const inputs: Readonly<Record<OrderInput['kind'], OrderInput>> = {
  'grace ended': { kind: 'grace ended' },
  'stock reserved': { kind: 'stock reserved' },
  'stock refused': { kind: 'stock refused', missing: [{ productId: 'kayak', wanted: 2, available: 0 }] },
  'payment captured': { kind: 'payment captured', amount: sampleRequest.total, card: sampleCard },
  'payment declined': { kind: 'payment declined', reason: 'insufficient funds' },
  'payment refunded': { kind: 'payment refunded', amount: sampleRequest.total },
  'payment voided': { kind: 'payment voided' },
  packed: { kind: 'packed' },
  shipped: { kind: 'shipped' },
  delivered: { kind: 'delivered' },
  'cancelled by shopper': { kind: 'cancelled by shopper' },
  'processing failed': { kind: 'processing failed', reason: 'no answer', service: 'payment' },
};
type Kind = keyof typeof inputs;
const kinds = Object.keys(inputs) as Kind[];

const after = (...path: Kind[]): Order =>
  path.reduce((order, kind) => advanceOrder(order, inputs[kind], at), submitOrder(sampleRequest, at));

/** Every place an order can rest, by a path that leads there. `reserved` is passed through within one step. */
const rests: Readonly<Record<string, readonly Kind[]>> = {
  submitted: [],
  'awaiting stock': ['grace ended'],
  'awaiting payment': ['grace ended', 'stock reserved'],
  paid: ['grace ended', 'stock reserved', 'payment captured'],
  packed: ['grace ended', 'stock reserved', 'payment captured', 'packed'],
  shipped: ['grace ended', 'stock reserved', 'payment captured', 'packed', 'shipped'],
  delivered: ['grace ended', 'stock reserved', 'payment captured', 'packed', 'shipped', 'delivered'],
  rejected: ['grace ended', 'stock refused'],
  'payment failed': ['grace ended', 'stock reserved', 'payment declined'],
  'rejected, processing failed': ['grace ended', 'processing failed'],
  'payment failed, charge asked': ['grace ended', 'stock reserved', 'processing failed'],
  'payment failed, voided': ['grace ended', 'stock reserved', 'processing failed', 'payment voided'],
  'payment failed, refunded': ['grace ended', 'stock reserved', 'processing failed', 'payment refunded'],
  'cancelled, processing failed': ['grace ended', 'stock reserved', 'payment captured', 'processing failed'],
  'cancelled, nothing asked': ['cancelled by shopper'],
  'cancelled, stock asked': ['grace ended', 'cancelled by shopper'],
  'cancelled, charge asked': ['grace ended', 'stock reserved', 'cancelled by shopper'],
  'cancelled, paid': ['grace ended', 'stock reserved', 'payment captured', 'cancelled by shopper'],
  'cancelled, voided': ['grace ended', 'stock reserved', 'cancelled by shopper', 'payment voided'],
  refunded: ['grace ended', 'stock reserved', 'payment captured', 'cancelled by shopper', 'payment refunded'],
};

/** What each input does at each rest: the statuses passed through and the last asks. All that is not here changes nothing. */
const moves: Readonly<Record<string, Partial<Record<Kind, string>>>> = {
  submitted: {
    'grace ended': 'awaiting stock [reserve-stock]',
    'cancelled by shopper': 'cancelled []',
    'processing failed': 'rejected []',
  },
  'awaiting stock': {
    'stock reserved': 'reserved, awaiting payment [charge]',
    'stock refused': 'rejected []',
    'cancelled by shopper': 'cancelled [release-stock]',
    'processing failed': 'rejected [release-stock]',
  },
  'awaiting payment': {
    'payment captured': 'paid [commit-stock]',
    'payment declined': 'payment failed [release-stock]',
    'cancelled by shopper': 'cancelled [unwind-payment release-stock]',
    'processing failed': 'payment failed [unwind-payment release-stock]',
  },
  paid: {
    packed: 'packed []',
    'cancelled by shopper': 'cancelled [unwind-payment restock]',
    'processing failed': 'cancelled [unwind-payment restock]',
  },
  packed: {
    shipped: 'shipped []',
    'cancelled by shopper': 'cancelled [unwind-payment restock]',
    'processing failed': 'cancelled [unwind-payment restock]',
  },
  shipped: { delivered: 'delivered []' },
  'cancelled, charge asked': { 'payment refunded': 'refunded []', 'payment voided': 'cancelled []' },
  'cancelled, paid': { 'payment refunded': 'refunded []', 'payment voided': 'cancelled []' },
  'cancelled, processing failed': { 'payment refunded': 'refunded []', 'payment voided': 'cancelled []' },
  'payment failed, charge asked': { 'payment refunded': 'refunded []', 'payment voided': 'payment failed []' },
};

for (const [rest, path] of Object.entries(rests)) {
  for (const kind of kinds) {
    const expected = moves[rest]?.[kind];
    test(`an order that is ${rest} and meets "${kind}" ${expected ? `becomes ${expected}` : 'stays as it is'}`, () => {
      const before = after(...path);
      const next = advanceOrder(before, inputs[kind], at);
      if (expected === undefined) return assert.equal(next, before);
      const changes = next.changes.slice(before.changes.length);
      const passed = changes.map(({ status }) => status).join(', ');
      assert.equal(`${passed} [${lastChange(next).asks.join(' ')}]`, expected);
      assert.equal(advanceOrder(next, inputs[kind], at), next, 'the same input again changes nothing');
    });
  }
}

/** Walks one order through random inputs, with repeats, and checks what must hold at each step. */
function walk(seed: number): Order {
  const random = seededRandom(seed);
  let order = submitOrder(sampleRequest, at);
  let settled: OrderStatus | undefined;
  for (let round = 0; round < 60; round++) {
    const kind = kinds[Math.floor(random.random() * kinds.length)];
    const input = inputs[kind ?? 'packed'];
    const before = order;
    order = advanceOrder(order, input, at);
    if (random.random() < 0.3) order = advanceOrder(order, input, at);
    assert.deepEqual(order.changes.slice(0, before.changes.length), before.changes, 'history is never rewritten');
    if (settled) assert.equal(order, before, `a settled order changed (seed ${seed})`);
    if (isSettled(order)) settled = statusOf(order);
  }
  return order;
}

test('whatever comes, in any order and repeated: versions have no gaps, and an order ends once', () => {
  const reached = new Set<OrderStatus>();
  for (let seed = 1; seed <= 3_000; seed++) {
    const { changes } = walk(seed);
    assert.deepEqual(
      changes.map(({ version }) => version),
      changes.map((_, index) => index + 1),
    );
    const statuses = changes.map(({ status }) => status);
    for (const status of statuses) reached.add(status);
    const endsReached = new Set(statuses.filter((status) => (terminalStatuses as readonly string[]).includes(status)));
    // A refund is the end of an order that was cancelled or whose payment was given up.
    const isRefunded = endsReached.delete('refunded');
    assert.ok(!isRefunded || endsReached.has('cancelled') || endsReached.has('payment failed'), `seed ${seed}`);
    assert.ok(endsReached.size <= 1, `two ends: ${[...endsReached].join(', ')} (seed ${seed})`);
    const charges = changes.filter(({ asks }) => asks.includes('charge')).length;
    assert.ok(charges <= 1, `charged ${charges} times (seed ${seed})`);
  }
  assert.equal(reached.size, 12, 'the walk reaches every status');
});

test('changedEvent: whatever comes, the data of each event satisfies its schema', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const order = walk(seed);
    for (const change of order.changes)
      assert.ok(isValid(eventSchemas['order.changed'], changedEvent(order, change)), `seed ${seed}`);
  }
});

test('changedEvent: an order of an earlier version, with data that is no longer valid, can still end', () => {
  const old = {
    ...sampleRequest,
    contact: { name: 'A\0nn', email: 'a@b..de' },
    address: { ...sampleRequest.address, country: 'ZZ' },
    payment: { token: sampleRequest.payment.token, brand: 'Gold\u202e', last4: 'abcd' },
  };
  const event = changedEvent(old, lastChange(submitOrder(old, at)));
  assert.ok(isValid(eventSchemas['order.changed'], event));
  assert.deepEqual(event.payment, { token: 'tok_1a2b3c' });
  assert.deepEqual([event.address.street, event.total], ['Quay 1', sampleRequest.total]);
});

for (const [kind, path] of [
  ['payment captured', ['grace ended', 'stock reserved']],
  ['payment refunded', ['grace ended', 'stock reserved', 'cancelled by shopper']],
] as const) {
  test(`"${kind}" counts only for the amount and the currency that were asked for`, () => {
    const before = after(...path);
    const { amount, currency } = sampleRequest.total;
    for (const wrong of [eur(amount - 1), eur(amount + 1), eur(0), { amount, currency: 'USD' as 'EUR' }])
      assert.equal(advanceOrder(before, { kind, amount: wrong }, at), before);
    assert.notEqual(advanceOrder(before, { kind, amount: { amount, currency } }, at), before);
  });
}

test('the card has a name once payment has told it', () => {
  const order = after('grace ended', 'stock reserved', 'payment captured');
  const stories = order.changes.map(({ story }) => story);
  assert.equal(stories[3], 'We asked your card for €1817.50.');
  assert.equal(stories[4], 'Visa ending 4242 paid €1817.50. Thank you.');
  assert.deepEqual(order.payment, { token: 'tok_1a2b3c', brand: 'Visa', last4: '4242' });
});

test('what was reserved is committed, released or restocked, never two of them at odds', () => {
  for (let seed = 1; seed <= 3_000; seed++) {
    const asks = walk(seed).changes.flatMap((change) => change.asks);
    const has = (command: string): boolean => (asks as string[]).includes(command);
    assert.ok(!(has('commit-stock') && has('release-stock')), `committed and released (seed ${seed})`);
    assert.ok(!has('restock') || has('commit-stock'), `restocked without being committed (seed ${seed})`);
    assert.ok(!has('release-stock') || has('reserve-stock'), `released without being reserved (seed ${seed})`);
    assert.equal(
      asks.filter((command) => command === 'unwind-payment').length <= 1,
      true,
      `unwound twice (seed ${seed})`,
    );
    assert.ok(!has('unwind-payment') || has('charge'), `unwound without a charge (seed ${seed})`);
  }
});

test('a captured payment that arrives after the cancellation does not bring the order back', () => {
  const order = after('grace ended', 'stock reserved', 'cancelled by shopper', 'payment captured');
  assert.equal(statusOf(order), 'cancelled');
  assert.equal(statusOf(advanceOrder(order, inputs['payment refunded'], at)), 'refunded');
});

// eShopOnDapr stored "Paid" when the payment had failed, so that the order could be shipped.
test('eshopondapr: a declined payment never leads to packing or shipping', () => {
  const order = after('grace ended', 'stock reserved', 'payment declined', 'packed', 'shipped', 'delivered');
  assert.equal(statusOf(order), 'payment failed');
});

// eShopOnDapr's reminder after the stock check did not look at the state, and charged cancelled orders.
test('eshopondapr: alarms of a cancelled order do nothing', () => {
  const order = after('grace ended', 'cancelled by shopper', 'grace ended', 'stock reserved', 'payment captured');
  assert.equal(statusOf(order), 'cancelled');
  assert.ok(!order.changes.some(({ asks }) => asks.includes('charge')));
});

test('every step tells a story, and none of them shows the token of the card', () => {
  for (const path of Object.values(rests)) {
    for (const { story } of after(...path).changes) {
      assert.match(story, /^\S.{8,}[.]$/);
      assert.ok(!story.includes(sampleRequest.payment.token));
    }
  }
});

test('a sold out order says what went, and that nothing was charged', () => {
  const { story } = lastChange(after('grace ended', 'stock refused'));
  assert.equal(
    story,
    'The last Skerry Day Kayak went to someone else while you were checking out. We charged nothing.',
  );
});

test('an order can be cancelled until it is shipped', () => {
  const cancellable = Object.entries(rests).filter(([, path]) => canCancel(statusOf(after(...path))));
  assert.deepEqual(
    cancellable.map(([rest]) => rest),
    ['submitted', 'awaiting stock', 'awaiting payment', 'paid', 'packed'],
  );
});

test('the sample adds up', () => {
  const { lines, delivery, total } = sampleRequest;
  const sum = lines.reduce((cents, { quantity, unitPrice }) => cents + quantity * unitPrice.amount, delivery.amount);
  assert.deepEqual(total, eur(sum));
});
