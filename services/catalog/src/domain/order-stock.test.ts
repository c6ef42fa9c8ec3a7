import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stockAction, requestedLines } from './order-stock.ts';

test('stockAction: an order reserves once, and later requests repeat the outcome', () => {
  assert.equal(stockAction('reserve-stock', undefined), 'reserve');
  for (const state of ['reserved', 'rejected', 'committed', 'released', 'restocked'] as const)
    assert.equal(stockAction('reserve-stock', state), 'repeat-outcome', state);
});

test('stockAction: committed stock was reserved, and both release-stock and restock return it', () => {
  assert.equal(stockAction('commit-stock', 'reserved'), 'commit');
  for (const command of ['release-stock', 'restock'] as const) {
    assert.equal(stockAction(command, 'reserved'), 'release');
    assert.equal(stockAction(command, 'committed'), 'return');
  }
});

test('stockAction: no stock moves twice', () => {
  for (const state of ['rejected', 'released', 'restocked'] as const)
    for (const command of ['release-stock', 'restock', 'commit-stock'] as const)
      assert.equal(stockAction(command, state), 'nothing', `${command} ${state}`);
  assert.equal(stockAction('commit-stock', 'committed'), 'nothing');
});

test('requestedLines: lines of one product are added up, and products are sorted by id', () => {
  const line = (productId: string, quantity: number) => ({ productId, quantity });
  assert.deepEqual(requestedLines([line('b', 1), line('a', 2), line('b', 3)]), [
    { productId: 'a', quantity: 2 },
    { productId: 'b', quantity: 4 },
  ]);
});
