import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topology } from '../topology.ts';
import { appsBuiltFrom } from './service-watch.ts';

const all = topology.map(({ app }) => app);

test('appsBuiltFrom: a file of a service selects the programs of its folder', () => {
  assert.deepEqual(appsBuiltFrom(['services/cart/src/main.ts'], topology), ['cart']);
  assert.deepEqual(appsBuiltFrom(['services/payment/src/provider/main.ts'], topology), ['payment', 'provider']);
  assert.deepEqual(appsBuiltFrom(['services/cart/src/a.ts', 'services/order/src/b.ts'], topology), ['cart', 'order']);
  assert.deepEqual(appsBuiltFrom(['services/cartography/src/a.ts'], topology), []);
});

test('appsBuiltFrom: a shared file selects all programs', () => {
  for (const file of ['services/kit/src/log.ts', 'services/contracts/src/money.ts', 'runtime/sdk/src/client.ts'])
    assert.deepEqual(appsBuiltFrom([file], topology), all, file);
});
