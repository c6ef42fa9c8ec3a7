import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stockAction, requestedLines } from './order-stock.ts';

test('an order holds once and is answered ever after', () => {
  assert.equal(stockAction('reserve-stock', undefined), 'hold');
  for (const state of ['reserved', 'refused', 'committed', 'released', 'restocked'] as const)
    assert.equal(stockAction('reserve-stock', state), 'answer', state);
});

test('what is handed out was held, and goes back by either word', () => {
  assert.equal(stockAction('commit-stock', 'reserved'), 'hand-out');
  for (const command of ['release-stock', 'restock'] as const) {
    assert.equal(stockAction(command, 'reserved'), 'give-back');
    assert.equal(stockAction(command, 'committed'), 'return');
  }
});

test('nothing moves twice', () => {
  for (const state of ['refused', 'released', 'restocked'] as const)
    for (const command of ['release-stock', 'restock', 'commit-stock'] as const)
      assert.equal(stockAction(command, state), 'nothing', `${command} ${state}`);
  assert.equal(stockAction('commit-stock', 'committed'), 'nothing');
});

test('lines of one product are taken together, and products in one order for all', () => {
  const line = (productId: string, quantity: number) => ({ productId, quantity });
  assert.deepEqual(requestedLines([line('b', 1), line('a', 2), line('b', 3)]), [
    { productId: 'a', quantity: 2 },
    { productId: 'b', quantity: 4 },
  ]);
});
