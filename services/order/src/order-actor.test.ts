import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { orderFixture } from './order-fixture.ts';
import { sampleCard, sampleRequest } from './sample-order.ts';

const ann = { shopperId: 'ann' };
const paid = { amount: sampleRequest.total, card: sampleCard };

test('an order that nothing stands in the way of is delivered by its own reminders', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  await order.advance(18_000);
  assert.deepEqual(published(), [
    '1 submitted',
    '2 awaiting stock',
    '3 reserved',
    '4 awaiting payment',
    '5 paid',
    '6 packed',
    '7 shipped',
    '8 delivered',
  ]);
  assert.deepEqual(order.reminders, [], 'nothing is left to fire');
  assert.deepEqual(
    new Set(order.events.map(({ topic, type }) => `${topic}/${type}`)),
    new Set(['orders/order.changed']),
  );
});

test('submit: repeated, or from another checkout with the same number, it changes nothing', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.call.submit({ ...sampleRequest, shopperId: 'eve', checkoutId: 'other' });
  await order.call.submit({ ...sampleRequest, checkoutId: 'other' });
  assert.deepEqual(published(), ['1 submitted']);
});

test('submission: none, yours, taken', async () => {
  const { order } = orderFixture();
  const { shopperId, checkoutId } = sampleRequest;
  const querySubmission = async (query: object): Promise<string> =>
    (await order.call.submission({ shopperId, checkoutId, ...query })).state;
  assert.equal(await querySubmission({}), 'none');
  assert.equal(order.saved, undefined);
  await order.call.submit(sampleRequest);
  assert.deepEqual(
    [
      await querySubmission({}),
      await querySubmission({ checkoutId: 'other' }),
      await querySubmission({ shopperId: 'eve' }),
    ],
    ['yours', 'taken', 'taken'],
  );
});

const unprocessable: readonly (readonly [
  what: string,
  call: (open: ReturnType<typeof orderFixture>) => Promise<unknown>,
])[] = [
  ['NUL in a name', ({ order }) => order.call.submit({ ...sampleRequest, contact: { name: 'A\0', email: 'a@b.de' } })],
  ['half a surrogate pair in a street', ({ order }) => order.call.submit(withStreet('Quay \ud800'))],
  ['a negative quantity', ({ order }) => order.call.submit(withQuantity(-1))],
  ['no argument to submit', ({ order }) => order.call.submit(undefined as never)],
  ['no amount captured', ({ order }) => order.call.paymentCaptured(undefined as never)],
  ['an empty reason', ({ order }) => order.call.paymentDeclined({ reason: ' ' })],
  ['missing stock that is no list', ({ order }) => order.call.stockRefused({ missing: 'all' as never })],
  ['a shopper id with a slash', ({ order }) => order.call.view({ shopperId: '../eve' })],
];
const withStreet = (street: string) => ({ ...sampleRequest, address: { ...sampleRequest.address, street } });
const withQuantity = (quantity: number) => ({
  ...sampleRequest,
  lines: sampleRequest.lines.map((line) => ({ ...line, quantity })),
});
for (const [description, call] of unprocessable) {
  test(`the actor rejects ${description} with 400 and stores nothing`, async () => {
    const open = orderFixture();
    await assert.rejects(call(open), { status: 400 });
    assert.equal(open.order.saved, undefined);
  });
}

test('submitUnprocessable: the order is rejected at once, with its valid parts and valid events', async () => {
  const { order, published, texts } = orderFixture();
  const { contact: _contact, ...rest } = sampleRequest;
  const lines = [...sampleRequest.lines, { productId: 'x', name: 'x\0', quantity: 1e9, unitPrice: {} }];
  await order.call.submitUnprocessable({ shopperId: 'ann', order: { ...rest, lines, contact: { name: 'A\0' } } });
  assert.deepEqual(published(), ['1 submitted', '2 rejected']);
  assert.equal(texts().at(-1), 'We could not process this order. Nothing was charged.');
  assert.ok(order.events.every(({ data }) => isValid(eventSchemas['order.changed'], data)));
  const view = await order.call.view(ann);
  assert.deepEqual([view.lines, view.total], [sampleRequest.lines, sampleRequest.total]);
  assert.equal(
    (await order.call.submission({ shopperId: 'ann', checkoutId: sampleRequest.checkoutId })).state,
    'yours',
  );
  assert.deepEqual(order.reminders, []);
});

test('submitUnprocessable: an order that exists is left alone, and data of any shape is taken', async () => {
  const existing = orderFixture();
  await existing.order.call.submit(sampleRequest);
  await existing.order.call.submitUnprocessable({ shopperId: 'ann', order: {} });
  assert.deepEqual(existing.published(), ['1 submitted']);
  for (const order of [undefined, null, 7, 'x', [], { lines: 7, total: -1, checkoutId: '/' }]) {
    const open = orderFixture();
    await open.order.call.submitUnprocessable({ shopperId: 'ann', order });
    assert.deepEqual(open.published(), ['1 submitted', '2 rejected']);
  }
  await assert.rejects(orderFixture().order.call.submitUnprocessable({ shopperId: '/', order: {} }), { status: 400 });
});

test('events for an order that does not exist change nothing', async () => {
  const { order } = orderFixture();
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  await order.call.processingFailed({ reason: 'x', service: 'catalog' });
  await order.call.repeatStockCommand();
  assert.equal(order.saved, undefined);
  assert.deepEqual([order.events, await order.call.events()], [[], []]);
});

test('paymentCaptured: another amount than the total is 422, and the order goes on waiting', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await assert.rejects(order.call.paymentCaptured({ amount: eur(1) }), { status: 422, message: /1 EUR were captured/ });
  assert.equal(published().at(-1), '4 awaiting payment');
  await order.call.paymentCaptured(paid);
  assert.equal(published().at(-1), '5 paid');
  await order.call.cancel(ann);
  await assert.rejects(order.call.paymentRefunded({ amount: eur(1) }), { status: 422 });
  await order.call.paymentRefunded({ amount: sampleRequest.total });
  assert.equal(published().at(-1), '7 refunded');
});

test('the view names the card once payment has told it, and never shows its token', async () => {
  const { order } = orderFixture();
  await order.call.submit(sampleRequest);
  assert.deepEqual((await order.call.view(ann)).payment, {});
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentDeclined({ reason: 'insufficient funds', card: sampleCard });
  const view = await order.call.view(ann);
  assert.deepEqual(view.payment, sampleCard);
  assert.ok(!JSON.stringify(view).includes(sampleRequest.payment.token));
});

test('cancelling in the grace period charges nothing and asks nobody for anything', async () => {
  const { order, published, commands } = orderFixture();
  await order.call.submit(sampleRequest);
  const view = await order.call.cancel(ann);
  await order.advance(600_000);
  assert.deepEqual(published(), ['1 submitted', '2 cancelled']);
  assert.deepEqual(commands(), []);
  assert.equal(view.canCancel, false);
  assert.equal(view.next, undefined);
  assert.deepEqual(order.reminders, []);
});

test('cancelling twice is cancelling once', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.call.cancel(ann);
  assert.equal((await order.call.cancel(ann)).version, 2);
  assert.equal(published().length, 2);
});

test('a paid order that is cancelled is refunded', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  const view = await order.call.cancel(ann);
  assert.match(view.next ?? '', /get back/);
  await order.call.paymentRefunded({ amount: sampleRequest.total });
  await order.advance(600_000);
  assert.deepEqual(published().slice(4), ['5 paid', '6 cancelled', '7 refunded']);
});

test('eshopondapr: only the owner can see or cancel an order, and others learn nothing', async () => {
  const { order } = orderFixture();
  await assert.rejects(order.call.view(ann), { status: 404 });
  await order.call.submit(sampleRequest);
  await assert.rejects(order.call.view({ shopperId: 'eve' }), { status: 404 });
  await assert.rejects(order.call.cancel({ shopperId: 'eve' }), { status: 404 });
  assert.equal((await order.call.view(ann)).status, 'submitted');
});

test('a shipped order cannot be cancelled', async () => {
  const { order } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  await order.advance(12_000);
  await assert.rejects(order.call.cancel(ann), { status: 409, message: /left the house/ });
});

test('state of an earlier version loads: no checkout id, the card told by a browser', async () => {
  const { checkoutId: _checkoutId, ...old } = sampleRequest;
  const changes = [
    { version: 1, status: 'submitted', at: '2026-01-01T00:00:00.000Z', story: 'x', by: 'cart', asks: [] },
  ];
  const payment = { token: 'tok_1', brand: 'Visa', last4: '4242' };
  const { order, published } = orderFixture({ order: { ...old, payment, changes } });
  assert.deepEqual((await order.call.view(ann)).payment, sampleCard);
  assert.equal((await order.call.submission({ shopperId: 'ann', checkoutId: 'any' })).state, 'yours');
  order.clock.moveTo(order.clock.now() + 60_000);
  await order.fire('watch');
  await order.call.stockReserved();
  assert.equal(published().at(-1), '4 awaiting payment');
});

test('state of an earlier version with text that is rejected now: the order goes on and ends', async () => {
  const changes = [
    { version: 1, status: 'submitted', at: '2026-01-01T00:00:00.000Z', story: 'x\0', by: 'cart', asks: [] },
  ];
  const address = { ...sampleRequest.address, city: 'Kiel\0' };
  const lines = sampleRequest.lines.map((line) => ({ ...line, name: `${line.name}\ud800` }));
  const { order, published } = orderFixture({ order: { ...sampleRequest, address, lines, changes } });
  order.clock.moveTo(order.clock.now() + 60_000);
  await order.fire('watch');
  await order.advance(20_000);
  await order.call.stockReserved();
  await order.call.cancel(ann);
  assert.deepEqual(published().slice(-1), ['5 cancelled']);
  assert.ok(order.events.every(({ data }) => isValid(eventSchemas['order.changed'], data)));
});

test('repeatStockCommand: publishes the change that closes the stock again', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.call.repeatStockCommand();
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  await order.advance(18_000);
  await order.call.repeatStockCommand();
  assert.deepEqual(published().slice(-2), ['8 delivered', '5 paid']);
  assert.equal(new Set(order.events.map(({ id }) => id)).size, order.events.length);
});

test('submit: a total that is not that of the lines, and a product that comes twice, make no order', async () => {
  const [line] = sampleRequest.lines;
  assert.ok(line);
  for (const wrong of [
    { total: { ...sampleRequest.total, amount: sampleRequest.total.amount - 1 } },
    { delivery: { ...sampleRequest.delivery, amount: 490 } },
    { lines: [...sampleRequest.lines, line], total: { ...sampleRequest.total, amount: 361_550 } },
  ]) {
    const { order, published } = orderFixture();
    await assert.rejects(order.call.submit({ ...sampleRequest, ...wrong }), { status: 400 });
    assert.deepEqual(published(), []);
  }
});
