import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTerminal } from '@tidewater/contracts/order-status.ts';
import { seededRandom } from '@outrigger/sdk/testing';
import { orderFixture, sampleCard, sampleRequest, sampleTimes } from '../testing.ts';

const ann = { shopperId: 'ann' };
const paid = { amount: sampleRequest.total, card: sampleCard };
const day = 24 * 3_600_000;
type Open = ReturnType<typeof orderFixture>;

async function awaitPayment(open: Open): Promise<void> {
  await open.order.call.submit(sampleRequest);
  await open.order.advance(10_000);
  await open.order.call.stockReserved();
}

test('watchdog: a command without response is repeated six times at doubled intervals, under new event ids', async () => {
  const open = orderFixture();
  await open.order.call.submit(sampleRequest);
  const times: number[] = [];
  for (let second = 1; second <= 4_000; second++) {
    const before = open.commands().length;
    await open.order.advance(1_000);
    if (open.commands().length > before) times.push(second);
  }
  // 10: the command; then after 15, 30, 60, … seconds; the end after the seventh interval.
  assert.deepEqual(times, [10, 25, 55, 115, 235, 475, 955, 1_915]);
  assert.deepEqual(open.published(), ['1 submitted', '2 awaiting-stock', '3 rejected']);
  assert.deepEqual(open.commands().slice(-2), ['reserve-stock', 'release-stock']);
  assert.equal(new Set(open.order.events.map(({ id }) => id)).size, open.order.events.length);
  assert.deepEqual(open.order.reminders, []);
});

test('watchdog: repeats are counted since the last change', async () => {
  const open = orderFixture();
  await open.order.call.submit(sampleRequest);
  await open.order.advance(10_000 + 500_000);
  assert.deepEqual(
    open.commands(),
    Array.from({ length: 6 }, () => 'reserve-stock'),
  );
  await open.order.call.stockReserved();
  await open.order.advance(15_000);
  assert.deepEqual(open.commands().slice(-2), ['charge', 'charge']);
});

test('watchdog: is rescheduled when an order with a long timeout is cancelled', async () => {
  const open = orderFixture(undefined, { ...sampleTimes, fulfilmentMs: day });
  await awaitPayment(open);
  await open.order.call.paymentCaptured(paid);
  await open.order.advance(60_000);
  await open.order.call.cancel(ann);
  await open.order.advance(15_000);
  assert.deepEqual(open.commands().slice(-4), ['unwind-payment', 'restock', 'unwind-payment', 'restock']);
});

test('watchdog: a pause of the whole store uses up no repeats', async () => {
  const open = orderFixture();
  await awaitPayment(open);
  await open.order.advance(15_000);
  open.order.clock.moveTo(open.order.clock.now() + day);
  const before = open.commands().length;
  await open.order.advance(1_000);
  assert.deepEqual(open.commands().slice(before), ['charge']);
});

test('watchdog: without a response of payment the order ends as payment-failed, and is settled by payment only', async () => {
  const open = orderFixture();
  await awaitPayment(open);
  await open.order.advance(2_000_000);
  const failedAt = open.published().indexOf('4 payment-failed');
  assert.ok(failedAt > 0);
  const view = await open.order.call.view(ann);
  assert.equal(view.isSettled, false);
  assert.equal(view.canCancel, false);
  await assert.rejects(open.order.call.cancel(ann), { status: 409, message: /comes back to you/ });
  await open.order.call.paymentCaptured(paid);
  await open.order.call.paymentRefunded({ amount: sampleRequest.total });
  assert.equal(open.published().at(-1), '5 refunded');
  assert.deepEqual(open.order.reminders, []);
});

for (const [description, prepare] of [
  ['payment-failed', async ({ order }: Open) => order.call.processingFailed({ reason: 'x', service: 'payment' })],
  ['cancelled', async ({ order }: Open) => void (await order.call.cancel(ann))],
] as const) {
  test(`watchdog: an order that is ${description} repeats unwind-payment for a day, at most hourly, then logs an error`, async () => {
    const open = orderFixture();
    await awaitPayment(open);
    await prepare(open);
    const before = open.commands().length;
    await open.order.advance(23 * 3_600_000);
    assert.deepEqual(open.errors, []);
    await open.order.advance(2 * day);
    const repeats = open
      .commands()
      .slice(before)
      .filter((command) => command === 'unwind-payment').length;
    assert.ok(repeats > 25 && repeats < 40, `${repeats} repeats`);
    assert.deepEqual(
      open.errors.map(({ event, orderId }) => [event, orderId]),
      [['order-without-progress', sampleRequest.orderId]],
    );
    assert.deepEqual(open.order.reminders, []);
    await open.order.call.paymentVoided();
    assert.equal(open.published().at(-1), `5 ${description}`);
  });
}

test('watchdog: an unwind-payment that payment rejects is repeated hourly, and settled when it succeeds', async () => {
  const open = orderFixture();
  const failed = { reason: 'constraint violated', service: 'payment' };
  await awaitPayment(open);
  await open.order.call.processingFailed(failed);
  await open.order.call.processingFailed(failed);
  const before = open.commands().length;
  await open.order.advance(3.5 * 3_600_000);
  const repeated = open.commands().slice(before);
  assert.equal(repeated.filter((command) => command === 'unwind-payment').length, 3);
  await open.order.call.paymentVoided();
  assert.deepEqual(open.order.reminders, []);
});

test('watchdog: gives the input of a lost reminder', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  // Time passes without any reminder; then the watchdog alone looks at the order.
  order.clock.moveTo(order.clock.now() + 45_000);
  await order.fire('watch');
  assert.deepEqual(published(), ['1 submitted', '2 awaiting-stock']);
  assert.ok(order.reminders.includes('watch'));
});

test('reminders: a late one changes nothing', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.fire('grace');
  await order.fire('deliver');
  assert.deepEqual(published(), ['1 submitted', '2 awaiting-stock']);
});

test('reminders: an order is delivered although its host dies at every moment', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  for (let second = 0; second < 60; second++) {
    await order.deactivate();
    await order.advance(1_000);
    if (second === 20) await order.call.stockReserved();
    if (second === 22) await order.call.paymentCaptured(paid);
  }
  assert.equal(published().at(-1), '7 delivered');
});

test('watchdog: for any inputs or none, each order ends or is reported, with a bounded number of messages', async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const open = orderFixture();
    const { order } = open;
    const random = seededRandom(seed);
    const inputs = [
      () => order.call.stockReserved(),
      () => order.call.stockRejected({ missing: [] }),
      () => order.call.paymentCaptured(paid),
      () => order.call.paymentDeclined({ reason: 'no' }),
      () => order.call.paymentVoided(),
      () => order.call.paymentRefunded({ amount: sampleRequest.total }),
      () => order.call.cancel(ann).catch(() => {}),
      () => order.call.processingFailed({ reason: 'x', service: 'catalog' }),
      () => order.deactivate(),
      () => order.fire('watch'),
    ];
    await order.call.submit(sampleRequest);
    for (let step = 0; step < 8; step++) {
      await order.advance(Math.floor(random.random() ** 4 * 2 * 3_600_000));
      if (random.random() < 0.5) await inputs[Math.floor(random.random() * inputs.length)]?.();
    }
    await order.advance(3 * day);
    assert.deepEqual(order.reminders, [], `seed ${seed}`);
    const { status, isSettled } = await order.call.view(ann);
    assert.ok(isTerminal(status), `seed ${seed}: ${status}`);
    assert.equal(isSettled ? 0 : 1, open.errors.length, `seed ${seed}: unsettled without an error line`);
    assert.ok(order.events.length < 100, `seed ${seed}: ${order.events.length} messages`);
  }
});
