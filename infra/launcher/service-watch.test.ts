import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topology } from '../topology.ts';
import { appsMadeOf } from './service-watch.ts';

const all = topology.map(({ app }) => app);

test('appsMadeOf: the programs of the folder that a file lies in', () => {
  assert.deepEqual(appsMadeOf(['services/cart/src/main.ts'], topology), ['cart']);
  assert.deepEqual(appsMadeOf(['services/payment/src/provider/main.ts'], topology), ['payment', 'provider']);
  assert.deepEqual(appsMadeOf(['services/cart/src/a.ts', 'services/order/src/b.ts'], topology), ['cart', 'order']);
  assert.deepEqual(appsMadeOf(['services/cartography/src/a.ts'], topology), []);
});

test('appsMadeOf: all programs when what they share has changed', () => {
  for (const file of ['services/kit/src/log.ts', 'services/contracts/src/money.ts', 'runtime/sdk/src/client.ts'])
    assert.deepEqual(appsMadeOf([file], topology), all, file);
});
