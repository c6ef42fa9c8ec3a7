import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Events } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import { messageSchemas } from '@tidewater/contracts/schemas.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { orderFixture, sampleCard, sampleRequest } from '../testing.ts';

const isValidMessage = ({ type, data }: { readonly type: string; readonly data: unknown }): boolean =>
  isValid(messageSchemas[type as keyof typeof messageSchemas], data);

const ann = { shopperId: 'ann' };
const paid = { amount: sampleRequest.total, card: sampleCard };

test('reminders: an order without obstacles is delivered', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  await order.advance(18_000);
  assert.deepEqual(published(), [
    '1 submitted',
    '2 awaiting-stock',
    '3 awaiting-payment',
    '4 paid',
    '5 packed',
    '6 shipped',
    '7 delivered',
  ]);
  assert.deepEqual(order.reminders, [], 'nothing is left to fire');
  assert.deepEqual(
    new Set(order.events.map(({ topic, type }) => `${topic}/${type}`)),
    new Set([
      'orders/order.changed',
      'order-records/order.recorded',
      'stock-commands/reserve-stock',
      'payment-commands/charge',
      'stock-commands/commit-stock',
    ]),
  );
});

test('log: each change of an order is one line, without personal data', async () => {
  const { order, lines } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  assert.deepEqual(
    lines.map(({ version, status, input, commands }) => [version, status, input, commands]),
    [
      [1, 'submitted', 'submit', []],
      [2, 'awaiting-stock', 'grace-ended', ['reserve-stock']],
      [3, 'awaiting-payment', 'stock-reserved', ['charge']],
    ],
  );
  assert.ok(lines.every(({ event, orderId }) => event === 'order-changed' && orderId === sampleRequest.orderId));
  const { name, email } = sampleRequest.contact;
  const text = JSON.stringify(lines);
  for (const secret of [name, email, sampleRequest.address.street, sampleRequest.payment.token])
    assert.ok(!text.includes(secret), secret);
});

test('order.changed: contains all in which the view after the change differs from the one before', async () => {
  type Step = (order: ReturnType<typeof orderFixture>['order']) => Promise<unknown>;
  const paths: readonly (readonly Step[])[] = [
    [
      (order) => order.advance(10_000),
      (order) => order.call.stockReserved(),
      (order) => order.call.paymentCaptured(paid),
      (order) => order.call.cancel(ann),
      (order) => order.call.paymentRefunded({ amount: sampleRequest.total }),
    ],
    [
      (order) => order.advance(10_000),
      (order) => order.call.stockRejected({ missing: [{ productId: 'rope', requested: 1, available: 0 }] }),
    ],
    [
      (order) => order.advance(10_000),
      (order) => order.call.stockReserved(),
      (order) => order.call.paymentDeclined({ reason: 'too little money', card: sampleCard }),
    ],
    [(order) => order.call.cancel(ann)],
  ];
  for (const path of paths) {
    const { order } = orderFixture();
    await order.call.submit(sampleRequest);
    for (const step of path) {
      const before = await order.call.view(ann);
      await step(order);
      const [event, ...more] = order.events
        .filter(({ type }) => type === 'order.changed')
        .map(({ data }) => data as Events['order.changed'])
        .filter(({ version }) => version > before.version);
      assert.ok(event?.change && more.length === 0);
      const { version, status, at, change } = event;
      const { payment, canCancel, isSettled, ...cause } = change;
      const steps = [...before.steps, { version, status, at, ...cause }];
      const after = { ...before, status, version, payment, canCancel, isSettled, steps };
      assert.deepEqual(after, await order.call.view(ann));
    }
  }
});

test('submit: a repeated one, or one of another checkout with the same number, changes nothing', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.call.submit({ ...sampleRequest, shopperId: 'eve', checkoutId: 'other' });
  await order.call.submit({ ...sampleRequest, checkoutId: 'other' });
  assert.deepEqual(published(), ['1 submitted']);
});

test('submit: an order that breaks a rule is a 400, so that its event becomes a dead letter', async () => {
  const { order } = orderFixture();
  await assert.rejects(order.call.submit({ ...sampleRequest, total: eur(1) }), {
    status: 400,
    message: 'An order is invalid: its total is that of its lines and delivery.',
  });
  assert.equal(order.saved, undefined);
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
  ['missing stock that is no list', ({ order }) => order.call.stockRejected({ missing: 'all' as never })],
  ['a shopper id with a slash', ({ order }) => order.call.view({ shopperId: '../eve' })],
];
const withStreet = (street: string) => ({ ...sampleRequest, address: { ...sampleRequest.address, street } });
const withQuantity = (quantity: number) => ({
  ...sampleRequest,
  lines: sampleRequest.lines.map((line) => ({ ...line, quantity })),
});
for (const [description, call] of unprocessable) {
  test(`actor: ${description} is 400 and stores nothing`, async () => {
    const open = orderFixture();
    await assert.rejects(call(open), { status: 400 });
    assert.equal(open.order.saved, undefined);
  });
}

test('submitUnprocessable: the order is rejected at once, with its valid parts and valid events', async () => {
  const { order, published } = orderFixture();
  const { contact: _contact, ...rest } = sampleRequest;
  const lines = [...sampleRequest.lines, { productId: 'x', name: 'x\0', quantity: 1e9, unitPrice: {} }];
  await order.call.submitUnprocessable({ shopperId: 'ann', order: { ...rest, lines, contact: { name: 'A\0' } } });
  assert.deepEqual(published(), ['1 submitted', '2 rejected']);
  assert.ok(order.events.every(isValidMessage));
  const view = await order.call.view(ann);
  assert.deepEqual([view.lines, view.total], [sampleRequest.lines, sampleRequest.total]);
  assert.equal(
    (await order.call.submission({ shopperId: 'ann', checkoutId: sampleRequest.checkoutId })).state,
    'yours',
  );
  assert.deepEqual(order.reminders, []);
});

test('submitUnprocessable: does not change an existing order, and accepts data of any shape', async () => {
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

test('actor: inputs for an order that does not exist change nothing', async () => {
  const { order } = orderFixture();
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  await order.call.processingFailed({ reason: 'x', service: 'catalog' });
  await order.call.repeatStockCommand();
  assert.equal(order.saved, undefined);
  assert.deepEqual([order.events, await order.call.events()], [[], []]);
});

test('paymentCaptured: another amount than the total is 422, and the order still waits', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await assert.rejects(order.call.paymentCaptured({ amount: eur(1) }), { status: 422, message: /1 EUR were captured/ });
  assert.equal(published().at(-1), '3 awaiting-payment');
  await order.call.paymentCaptured(paid);
  assert.equal(published().at(-1), '4 paid');
  await order.call.cancel(ann);
  await assert.rejects(order.call.paymentRefunded({ amount: eur(1) }), { status: 422 });
  await order.call.paymentRefunded({ amount: sampleRequest.total });
  assert.equal(published().at(-1), '6 refunded');
});

test('view: shows the card once payment has reported it, and never its token', async () => {
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

test('cancel: in the grace period it sends no command', async () => {
  const { order, published, commands } = orderFixture();
  await order.call.submit(sampleRequest);
  const view = await order.call.cancel(ann);
  await order.advance(600_000);
  assert.deepEqual(published(), ['1 submitted', '2 cancelled']);
  assert.deepEqual(commands(), []);
  assert.equal(view.canCancel, false);
  assert.equal(view.isSettled, true);
  assert.deepEqual(order.reminders, []);
});

test('cancel: twice is once', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.call.cancel(ann);
  assert.equal((await order.call.cancel(ann)).version, 2);
  assert.equal(published().length, 2);
});

test('cancel: a paid order is refunded', async () => {
  const { order, published } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  const view = await order.call.cancel(ann);
  assert.equal(view.isSettled, false);
  await order.call.paymentRefunded({ amount: sampleRequest.total });
  await order.advance(600_000);
  assert.deepEqual(published().slice(3), ['4 paid', '5 cancelled', '6 refunded']);
});

test('eshopondapr: only the owner can see or cancel an order, others get 404', async () => {
  const { order } = orderFixture();
  await assert.rejects(order.call.view(ann), { status: 404 });
  await order.call.submit(sampleRequest);
  await assert.rejects(order.call.view({ shopperId: 'eve' }), { status: 404 });
  await assert.rejects(order.call.cancel({ shopperId: 'eve' }), { status: 404 });
  assert.equal((await order.call.view(ann)).status, 'submitted');
});

test('cancel: a shipped order is 409', async () => {
  const { order } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  await order.advance(12_000);
  await assert.rejects(order.call.cancel(ann), { status: 409, message: /left the house/ });
});

test('state of an earlier version: without checkout id and with the card of a browser, it is read', async () => {
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
  assert.equal(published().at(-1), '3 awaiting-payment');
});

test('state of an earlier version: with text that is rejected now, the order continues and ends', async () => {
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
  assert.deepEqual(published().slice(-1), ['4 cancelled']);
  assert.ok(order.events.every(isValidMessage));
});

test('repeatStockCommand: sends the command again that closes the reservation', async () => {
  const { order, commands } = orderFixture();
  await order.call.submit(sampleRequest);
  await order.call.repeatStockCommand();
  await order.advance(10_000);
  await order.call.stockReserved();
  await order.call.paymentCaptured(paid);
  await order.advance(18_000);
  await order.call.repeatStockCommand();
  assert.deepEqual(commands(), ['reserve-stock', 'charge', 'commit-stock', 'commit-stock']);
  assert.equal(new Set(order.events.map(({ id }) => id)).size, order.events.length);
});

test('submit: an order that breaks an invariant is 400 and is not created', async () => {
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
