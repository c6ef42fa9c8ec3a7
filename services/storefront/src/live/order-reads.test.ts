import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Events } from '@tidewater/contracts/events.ts';
import { orderView } from '@tidewater/contracts/order-view.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { silentLog } from '@tidewater/kit/log.ts';
import { orderReads } from './order-reads.ts';
import { orderChanged, orderDetails } from '../testing.ts';

type Change = Events['order.changed'];

/** Reads wait until the test settles them. */
function fixture() {
  const reads: { readonly version: number | undefined; readonly settle: PromiseWithResolvers<OrderDetails> }[] = [];
  const sent: OrderView[] = [];
  const requests = orderReads({
    shop: {
      orderDetails(_shopper, _orderId, { version } = {}) {
        const settle = Promise.withResolvers<OrderDetails>();
        reads.push({ version, settle });
        return settle.promise;
      },
    },
    live: { send: (_shopper, _name, data) => void sent.push(data as OrderView) },
    log: silentLog,
  });
  return {
    request: (version: number, changes: Partial<Change> = {}) =>
      requests.request(orderChanged({ version, ...changes })),
    settle: async (details: Partial<OrderDetails>): Promise<void> => {
      reads.at(-1)?.settle.resolve(orderDetails(details));
      await new Promise(setImmediate);
    },
    sent: () => sent.map(({ version }) => version),
    last: () => sent.at(-1),
    versions: () => reads.map(({ version }) => version),
    reads,
  };
}

/** The change that an event contains. */
const change = (members: Partial<NonNullable<Change['change']>> = {}): Pick<Change, 'change'> => ({
  change: { triggeredBy: 'order', input: 'grace-ended', payment: {}, canCancel: true, isSettled: false, ...members },
});

test('order reads: an order is read once, and the changes of later events are added to it', async () => {
  const { request, settle, sent, last, versions } = fixture();
  const first = request(1, change());
  await settle({});
  await first;
  const card = { brand: 'Visa', last4: '4242' };
  const paid = change({ triggeredBy: 'payment', input: 'payment-captured', payment: card, canCancel: false });
  await request(2, { status: 'awaiting-stock', ...change() });
  await request(3, { status: 'paid', at: '2026-01-01T12:00:09.000Z', ...paid });
  assert.deepEqual([versions(), sent()], [[1], [1, 2, 3]]);
  const { steps } = orderDetails();
  const read = orderDetails({
    version: 3,
    status: 'paid',
    payment: card,
    canCancel: false,
    steps: [
      ...steps,
      { version: 2, status: 'awaiting-stock', at: orderChanged().at, triggeredBy: 'order', input: 'grace-ended' },
      {
        version: 3,
        status: 'paid',
        at: '2026-01-01T12:00:09.000Z',
        triggeredBy: 'payment',
        input: 'payment-captured',
      },
    ],
  });
  assert.deepEqual(last(), orderView(read), 'the same as a read of the order');
});

test('order reads: a missing event, and one without its change, make it read again', async () => {
  const { request, settle, sent, versions } = fixture();
  const first = request(1, change());
  await settle({});
  await first;
  const afterGap = request(3, change());
  await settle({ version: 3 });
  await afterGap;
  const ofEarlierService = request(4);
  await settle({ version: 4 });
  await ofEarlierService;
  assert.deepEqual(
    [versions(), sent()],
    [
      [1, 3, 4],
      [1, 3, 4],
    ],
  );
});

test('order reads: a repeated or late event sends and reads nothing', async () => {
  const { request, settle, sent, versions } = fixture();
  const first = request(2, change());
  await settle({ version: 2 });
  await first;
  await request(1, change());
  await request(2, change());
  assert.deepEqual([versions(), sent()], [[2], [2]]);
});

test('order reads: a settled order is forgotten', async () => {
  const { request, settle, versions } = fixture();
  const first = request(2, change());
  await settle({ version: 2, isSettled: true });
  await first;
  void request(3, change());
  assert.deepEqual(versions(), [2, 3]);
});

test('order reads: events that come during a read cause one more read', async () => {
  const { request, sent, settle, versions } = fixture();
  const all = [1, 2, 3].map((version) => request(version));
  await settle({ version: 1 });
  assert.deepEqual(versions(), [1, 3]);
  await settle({ version: 3 });
  await Promise.all(all);
  assert.deepEqual(sent(), [1, 3]);
});

test('order reads: an order that was newer than requested is not read again', async () => {
  const { request, settle, versions } = fixture();
  const all = [1, 2].map((version) => request(version));
  await settle({ version: 2 });
  await Promise.all(all);
  assert.deepEqual(versions(), [1]);
  void request(3);
  assert.deepEqual(versions(), [1, 3]);
});

test('order reads: a failed read resolves, and the next event reads again', async () => {
  const { request, reads, settle, sent } = fixture();
  const first = request(1);
  reads[0]?.settle.reject(new Error('unavailable'));
  await first;
  const second = request(2);
  await settle({ version: 2 });
  await second;
  assert.deepEqual(sent(), [2]);
});
