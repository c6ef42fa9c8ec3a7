import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { CartView, InsideView, OrderSummary } from '@tidewater/contracts/storefront.ts';
import { database } from '../harness/database.ts';
import { type StoreHome, type RestartableStore, newStoreHome } from '../harness/restartable-store.ts';
import { secretsIn } from '../harness/secrets.ts';
import { Shopper } from '../harness/shopper.ts';
import { eventually } from '../harness/store.ts';

const cookieName = async ({ url }: RestartableStore): Promise<string> =>
  (await fetch(`${url}/api/cart`)).headers.getSetCookie()[0]?.split('=')[0] ?? '';

describe('restart of the store with its data', { timeout: 240_000 }, () => {
  let home: StoreHome;
  let store: RestartableStore;
  let shopper: Shopper;
  let orderId: string;
  let earlier: { readonly cart: CartView; readonly orders: readonly OrderSummary[]; readonly inside: number };

  const readState = async () => ({
    cart: await shopper.get<CartView>('/api/cart'),
    orders: await shopper.get<readonly OrderSummary[]>('/api/orders'),
    inside: (await shopper.get<InsideView>(`/api/orders/${orderId}/inside`)).activities.length,
  });

  async function storedActivities(): Promise<number> {
    const [row] = await database(() => store.running())<{ count: number }>(
      'select jsonb_array_length(activities) as count from storefront.inside_views where order_id = $1',
      [orderId],
    );
    return row?.count ?? 0;
  }

  const expectTheSame = async (): Promise<void> => {
    const { status, headers } = await shopper.request('GET', '/api/cart');
    assert.equal(status, 200);
    assert.deepEqual(headers.getSetCookie(), [], 'the shopper got a new session');
    const now = await readState();
    assert.deepEqual([now.cart, now.orders], [earlier.cart, earlier.orders]);
    assert.equal((await shopper.order(orderId)).status, 'delivered');
    assert.ok(now.inside >= earlier.inside, `the inside view has ${now.inside} of ${earlier.inside} activities`);
  };

  before(async () => {
    home = await newStoreHome();
    store = await home.start();
    shopper = new Shopper(store.url);
    const [first, second] = (await shopper.get<ProductPage>('/api/products?stock=1&size=2&sort=name')).products;
    assert.ok(first && second);
    orderId = await shopper.buy(first.id);
    await shopper.reaches(orderId, 'delivered');
    await shopper.put(second.id, 3);
    // The storefront stores the activities of the sidecars some seconds after the last event.
    await eventually(
      'the complete inside view being stored',
      async () => [await storedActivities(), (await readState()).inside],
      ([stored, shown]) => stored === shown,
      20_000,
    );
    earlier = await readState();
    assert.ok(earlier.inside > 10, `the inside view has ${earlier.inside} activities`);
  });
  after(async () => {
    await store.stop();
    home.remove();
  });

  test('secrets.json, running.json: are readable by their owner only', () => {
    for (const file of ['secrets.json', 'running.json'])
      assert.equal(statSync(join(home.folder, file)).mode & 0o777, 0o600, file);
  });

  test('SIGINT: the same cookie has the same cart, orders and inside view', async () => {
    const secrets = secretsIn(home.folder);
    await store.end('SIGINT');
    store = await home.start();
    await expectTheSame();
    assert.deepEqual(secretsIn(home.folder), secrets);
  });

  test('SIGKILL of the launcher: the same, and an unfinished order continues', async () => {
    const other = new Shopper(store.url);
    const [product] = (await other.get<ProductPage>('/api/products?stock=1&size=1&sort=-price')).products;
    assert.ok(product);
    const unfinished = await other.buy(product.id);
    await store.end('SIGKILL');
    store = await home.start();
    await expectTheSame();
    await other.reaches(unfinished, 'delivered');
  });

  test('--fresh: removes all data, and all secrets are new', async () => {
    const old = secretsIn(home.folder);
    await store.end('SIGINT');
    store = await home.start(['--fresh']);
    const { headers, body } = await shopper.request<CartView>('GET', '/api/cart');
    assert.equal(body.count, 0);
    assert.equal(headers.getSetCookie().length, 1, 'the old session is still valid');
    const fresh = secretsIn(home.folder);
    for (const [name, value] of Object.entries(fresh.shared))
      assert.notEqual(value, (old.shared as Record<string, string>)[name], name);
    for (const [app, values] of Object.entries(fresh.apps))
      for (const [name, value] of Object.entries(values))
        assert.notEqual(value, (old.apps[app] as Record<string, string> | undefined)?.[name], `${app} ${name}`);
  });

  test('a second store on this host: has another cookie name', async () => {
    const secondHome = await newStoreHome();
    const second = await secondHome.start();
    try {
      const names = [await cookieName(store), await cookieName(second)];
      assert.ok(names.every((name) => name !== ''));
      assert.notEqual(names[0], names[1]);
    } finally {
      await second.stop();
      secondHome.remove();
    }
  });
});
