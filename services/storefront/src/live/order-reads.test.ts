import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { silentLog } from '@tidewater/kit/log.ts';
import { orderReads } from './order-reads.ts';

/** Reads wait until the test settles them. */
function fixture() {
  const reads: { readonly version: number | undefined; readonly settle: PromiseWithResolvers<OrderView> }[] = [];
  const sent: number[] = [];
  const requests = orderReads({
    shop: {
      order(_shopper, _orderId, { version } = {}) {
        const settle = Promise.withResolvers<OrderView>();
        reads.push({ version, settle });
        return settle.promise;
      },
    },
    live: { send: (_shopper, _name, data) => void sent.push((data as OrderView).version) },
    log: silentLog,
  });
  const settle = async (version: number): Promise<void> => {
    reads.at(-1)?.settle.resolve({ version } as OrderView);
    await new Promise(setImmediate);
  };
  return { requests, sent, settle, versions: () => reads.map(({ version }) => version), reads };
}

test('order reads: events that come during a read cause one more read', async () => {
  const { requests, sent, settle, versions } = fixture();
  const all = [1, 2, 3].map((version) => requests.request('guest', 'TW-1', version));
  await settle(1);
  assert.deepEqual(versions(), [1, 3]);
  await settle(3);
  await Promise.all(all);
  assert.deepEqual(sent, [1, 3]);
});

test('order reads: an order that was newer than requested is not read again', async () => {
  const { requests, settle, versions } = fixture();
  const all = [1, 2].map((version) => requests.request('guest', 'TW-1', version));
  await settle(2);
  await Promise.all(all);
  assert.deepEqual(versions(), [1]);
  void requests.request('guest', 'TW-1', 3);
  assert.deepEqual(versions(), [1, 3]);
});

test('order reads: a failed read resolves, and the next event reads again', async () => {
  const { requests, reads, settle, sent } = fixture();
  const first = requests.request('guest', 'TW-1', 1);
  reads[0]?.settle.reject(new Error('unavailable'));
  await first;
  const second = requests.request('guest', 'TW-1', 2);
  await settle(2);
  await second;
  assert.deepEqual(sent, [2]);
});
