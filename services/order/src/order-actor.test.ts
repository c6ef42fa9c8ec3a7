import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderChanged } from '@tidewater/contracts/events.ts';
import { testActor } from '@outrigger/sdk/testing';
import { orderActor } from './order-actor.ts';
import { sampleRequest } from './sample-order.ts';

const Order = orderActor({ graceMs: 10_000, fulfilmentMs: 6_000 });

const open = () => {
  const order = testActor(Order, { id: sampleRequest.orderId });
  const told = (): string[] =>
    order.events.map(({ data }) => {
      const { version, status } = data as OrderChanged;
      return `${version} ${status}`;
    });
  return { order, told };
};

const ann = { shopperId: 'ann' };

test('an order that nothing stands in the way of is delivered by its own alarms', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured();
  await order.advance(18_000);
  assert.deepEqual(told(), [
    '1 submitted',
    '2 awaiting stock',
    '3 reserved',
    '4 awaiting payment',
    '5 paid',
    '6 packed',
    '7 shipped',
    '8 delivered',
  ]);
  assert.deepEqual(order.reminders, [], 'nothing is left to ring');
  assert.deepEqual(
    new Set(order.events.map(({ topic, type }) => `${topic}/${type}`)),
    new Set(['orders/order.changed']),
  );
});

test('a repeated submission changes nothing', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  await order.call.submit({ ...sampleRequest, shopperId: 'eve' });
  assert.deepEqual(told(), ['1 submitted']);
});

test('events for an order that does not exist change nothing', async () => {
  const { order } = open();
  await order.call.stockReserved();
  await order.call.paymentCaptured();
  assert.equal(order.saved, undefined);
});

test('an order keeps its course when its host dies at every moment', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  for (let second = 0; second < 60; second++) {
    await order.deactivate();
    await order.advance(1_000);
    if (second === 20) await order.call.stockReserved();
    if (second === 22) await order.call.paymentCaptured();
  }
  assert.equal(told().at(-1), '8 delivered');
});

test('cancelling in the grace period charges nothing and asks nobody for anything', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  const view = await order.call.cancel(ann);
  await order.advance(600_000);
  assert.deepEqual(told(), ['1 submitted', '2 cancelled']);
  assert.ok(order.events.every(({ data }) => (data as OrderChanged).asks.length === 0));
  assert.equal(view.canCancel, false);
  assert.equal(view.next, undefined);
  assert.deepEqual(order.reminders, []);
});

test('cancelling twice is cancelling once', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  await order.call.cancel(ann);
  assert.equal((await order.call.cancel(ann)).version, 2);
  assert.equal(told().length, 2);
});

test('a paid order that is cancelled is refunded', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured();
  const view = await order.call.cancel(ann);
  assert.match(view.next ?? '', /get back/);
  await order.call.paymentRefunded();
  await order.advance(600_000);
  assert.deepEqual(told().slice(4), ['5 paid', '6 cancelled', '7 refunded']);
});

test('eshopondapr: only the owner can see or cancel an order, and others learn nothing', async () => {
  const { order } = open();
  await assert.rejects(order.call.view(ann), { status: 404 });
  await order.call.submit(sampleRequest);
  await assert.rejects(order.call.view({ shopperId: 'eve' }), { status: 404 });
  await assert.rejects(order.call.cancel({ shopperId: 'eve' }), { status: 404 });
  assert.equal((await order.call.view(ann)).status, 'submitted');
});

test('a shipped order cannot be cancelled', async () => {
  const { order } = open();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured();
  await order.advance(12_000);
  await assert.rejects(order.call.cancel(ann), { status: 409, message: /left the house/ });
});

test('the view shows the card by its last digits only', async () => {
  const { order } = open();
  await order.call.submit(sampleRequest);
  assert.ok(!JSON.stringify(await order.call.view(ann)).includes(sampleRequest.payment.token));
});

test('an order that waits too long asks again under a new event id and the same version', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.advance(110_000);
  assert.deepEqual(told(), [
    '1 submitted',
    '2 awaiting stock',
    '2 awaiting stock',
    '2 awaiting stock',
    '2 awaiting stock',
  ]);
  assert.equal(new Set(order.events.map(({ id }) => id)).size, 5);
});

test('a step whose alarm was lost is done by the watch', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  // Time goes by without any alarm; then the watch alone looks at the order.
  order.clock.moveTo(order.clock.now() + 45_000);
  await order.fire('watch');
  assert.deepEqual(told(), ['1 submitted', '2 awaiting stock']);
});

test('a late alarm of a step that is done changes nothing', async () => {
  const { order, told } = open();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.fire('grace');
  await order.fire('deliver');
  assert.deepEqual(told(), ['1 submitted', '2 awaiting stock']);
});
