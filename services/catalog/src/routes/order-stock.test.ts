import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { needsPostgres, testDatabase, testContext } from '@tidewater/kit/testing.ts';
import { migrations } from '../schema/migrations.ts';
import { orderStockRoutes } from './order-stock.ts';

test('POST /stock/orders: the state of each order that has requested stock', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  await database.execute(`insert into order_stock (order_id, state) values ('o1', 'reserved'), ('o2', 'committed')`);
  const app = serviceApp(testContext(), { routes: (service) => orderStockRoutes(service, database) });
  const query = (orderIds: unknown) => app.inject({ method: 'POST', url: '/stock/orders', payload: { orderIds } });
  assert.deepEqual((await query(['o1', 'o2', 'o3'])).json(), {
    orders: [
      { orderId: 'o1', state: 'reserved' },
      { orderId: 'o2', state: 'committed' },
    ],
  });
  for (const wrong of [undefined, ['a/b'], ['a\0'], Array.from({ length: 201 }, () => 'x')])
    assert.equal((await query(wrong)).statusCode, 400);
});
