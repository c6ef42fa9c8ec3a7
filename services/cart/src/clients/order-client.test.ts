import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testContext } from '@tidewater/kit/testing.ts';
import { recordingTransport } from '@outrigger/sdk/testing';
import { orderClient } from './order-client.ts';

const query = { orderId: 'TW-2', shopperId: 'ann', checkoutId: 'c1' };

test('orderClient: queries order by invocation for one checkout of one shopper', async () => {
  const transport = recordingTransport(() => ({ status: 200, json: { state: 'taken' } }));
  assert.equal(await orderClient(testContext({ transport }).client).submission(query), 'taken');
  const [request] = transport.requests;
  assert.equal(request?.path, '/v1.0/invoke/order/method/orders/TW-2/submission?shopper=ann&checkout=c1');
});

test('orderClient: a response with an unknown state is an error, not a confirmation', async () => {
  for (const json of [undefined, {}, { state: 'maybe' }, 'yours']) {
    const transport = recordingTransport(() => ({ status: 200, json }));
    await assert.rejects(orderClient(testContext({ transport }).client).submission(query), JSON.stringify(json));
  }
});
