import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { needsPostgres, testDatabase, testContext } from '@tidewater/kit/testing.ts';
import { recordingTransport } from '@outrigger/sdk/testing';
import { environment } from '@tidewater/kit/service-context.ts';
import { measureOutbox } from '@tidewater/kit/outbox-metrics.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import { productRoutes } from './products.ts';
import { migrations } from '../schema/migrations.ts';
import { seedCatalog } from '../schema/seed/seed-catalog.ts';
import { productCommands } from '../commands/product-commands.ts';
import { seedCategories } from '../schema/seed/seed-categories.ts';

const appToken = 'app-token';
const staff = { 'x-staff-token': 'oars' };

async function openCatalog(staffToken?: string) {
  const database = await testDatabase(migrations);
  await database.transaction((tx) => seedCatalog(tx, seedCategories));
  const transport = recordingTransport();
  const env = environment({ APP_API_TOKEN: appToken, STAFF_TOKEN: staffToken });
  const context = testContext({ transport, env });
  measureOutbox(context.metrics, database);
  const outbox = openOutbox(context, database);
  const commands = productCommands(database, outbox);
  const app = serviceApp(context, { routes: (routes) => productRoutes(routes, { database, commands }) });
  return {
    database,
    outbox,
    transport,
    async get<T = ProductPage>(url: string, status = 200): Promise<T> {
      const response = await app.inject({ url, headers: { 'dapr-api-token': appToken } });
      assert.equal(response.statusCode, status, response.body);
      return response.json();
    },
    put: (url: string, body: unknown, headers: Record<string, string> = {}) =>
      app.inject({
        method: 'PUT',
        url,
        payload: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    async status(url: string, headers: Record<string, string> = {}) {
      return (await app.inject({ url, headers })).statusCode;
    },
    app,
    async [Symbol.asyncDispose]() {
      await app.close();
      await outbox.close();
      await database.close();
    },
  };
}

const idsOf = ({ products }: ProductPage): readonly string[] => products.map(({ id }) => id);

test('searchProducts: matches in names rank first, then brand, category and description', needsPostgres, async () => {
  await using catalog = await openCatalog();
  const kayaks = await catalog.get('/products?q=kayak');
  assert.deepEqual(new Set(idsOf(kayaks).slice(0, 2)), new Set(['fjord-16-sea-kayak', 'eider-12-touring-kayak']));
  assert.ok(idsOf(kayaks).includes('kelp-40-dry-bag'), 'its description speaks of a kayak hatch');
  assert.ok((await catalog.get('/products?q=ternfold')).products.every(({ brand }) => brand === 'Ternfold'));
});

test(
  'searchProducts: plurals, unfinished words, capitals, punctuation and a typo still match',
  needsPostgres,
  async () => {
    await using catalog = await openCatalog();
    for (const q of ['kayaks', 'kaya', 'KAYAK!', 'sea kayak', 'kajak', "the 'kayak'"])
      assert.ok(idsOf(await catalog.get(`/products?q=${encodeURIComponent(q)}`)).includes('fjord-16-sea-kayak'), q);
    for (const q of ["' or zz=zz --", ':*&|!()<->', '\\', '%', '🛶'])
      assert.equal((await catalog.get(`/products?q=${encodeURIComponent(q)}`)).total, 0, q);
  },
);

test('searchProducts: a facet counts without its own filter and with the others', needsPostgres, async () => {
  await using catalog = await openCatalog();
  const page = await catalog.get('/products?category=paddling&brand=Nordkai&max=30000');
  assert.deepEqual(idsOf(page), ['shearwater-carbon-paddle', 'anvil-drop-rudder']);
  assert.deepEqual(
    page.facets.brands.map(({ name, count }) => `${name} ${count}`),
    ['Halyard & Sons 1', 'Nordkai 2', 'Skerry 2', 'Ternfold 1'],
  );
  assert.ok(page.facets.categories.some(({ id }) => id === 'fishing'));
  assert.deepEqual(page.facets.price, { min: 15900, max: 189900 });
});

test('searchProducts: pages cover every product once, in each sort order', needsPostgres, async () => {
  await using catalog = await openCatalog();
  const orders = {
    relevance: undefined,
    price: (a: ProductPage['products'][0], b: ProductPage['products'][0]) => a.price.amount - b.price.amount,
    '-price': (a: ProductPage['products'][0], b: ProductPage['products'][0]) => b.price.amount - a.price.amount,
    weight: (a: ProductPage['products'][0], b: ProductPage['products'][0]) => a.weightGrams - b.weightGrams,
    name: undefined,
  };
  for (const [sort, compare] of Object.entries(orders)) {
    const first = await catalog.get(`/products?sort=${sort}&size=40`);
    const second = await catalog.get(`/products?sort=${sort}&size=40&page=2`);
    const all = [...first.products, ...second.products];
    assert.equal(new Set(all.map(({ id }) => id)).size, first.total, sort);
    if (compare)
      assert.deepEqual(
        all.map(({ id }) => id),
        all.toSorted(compare).map(({ id }) => id),
        sort,
      );
  }
  assert.equal((await catalog.get('/products')).size, 24);
  assert.deepEqual((await catalog.get('/products?page=99')).products, []);
});

test('searchProducts: sold out products can be filtered out, and have available 0', needsPostgres, async () => {
  await using catalog = await openCatalog();
  const all = await catalog.get('/products?category=navigation');
  const inStock = await catalog.get('/products?category=navigation&stock=1');
  assert.equal(all.total - inStock.total, 1);
  assert.equal(all.products.find(({ id }) => id === 'lee-bow-clip-light')?.available, 0);
});

test('productQueries: one product, several by ids, and related ones', needsPostgres, async () => {
  await using catalog = await openCatalog();
  const suit = await catalog.get<ProductPage['products'][0]>('/products/ness-semi-dry-suit');
  assert.deepEqual(
    [suit.price, suit.previousPrice],
    [
      { amount: 49900, currency: 'EUR' },
      { amount: 57900, currency: 'EUR' },
    ],
  );
  assert.equal(suit.specs.length, 3);
  assert.deepEqual(
    (await catalog.get<ProductPage['products']>('/products?ids=watch-cap,none,deck-compass-70')).map(({ id }) => id),
    ['watch-cap', 'deck-compass-70'],
  );
  const related = await catalog.get<ProductPage['products']>('/products/ness-semi-dry-suit/related');
  assert.equal(related.length, 4);
  assert.ok(related.every(({ id, category }) => category === 'clothing' && id !== suit.id));
  const missing = await catalog.get<{ detail: string }>('/products/none', 404);
  assert.match(missing.detail, /no product/);
});

test('GET /home: categories with their counts, and featured products', needsPostgres, async () => {
  await using catalog = await openCatalog();
  const home = await catalog.get<{ categories: { id: string; count: number }[]; picks: unknown[] }>('/home');
  assert.deepEqual(
    home.categories.map(({ id }) => id),
    seedCategories.map(({ id }) => id),
  );
  assert.ok(home.categories.every(({ count }) => count >= 8));
  assert.equal(home.picks.length, 8);
});

test('PUT /products/:id/price: staff change a price, and the change is published once', needsPostgres, async () => {
  await using catalog = await openCatalog('oars');
  assert.equal((await catalog.put('/products/watch-cap/price', { amount: 2500 }, staff)).json().price.amount, 2500);
  assert.equal((await catalog.put('/products/watch-cap/price', { amount: 2500 }, staff)).statusCode, 200);
  await catalog.outbox.flush();
  assert.deepEqual(
    catalog.transport.published.map(({ topic, type, data }) => ({ topic, type, data })),
    [
      {
        topic: 'products',
        type: 'product.price-changed',
        data: {
          productId: 'watch-cap',
          price: { amount: 2500, currency: 'EUR' },
          previous: { amount: 2200, currency: 'EUR' },
        },
      },
    ],
  );
  assert.equal((await catalog.put('/products/none/price', { amount: 1 }, staff)).statusCode, 404);
  assert.equal((await catalog.put('/products/watch-cap/price', { amount: 0.5 }, staff)).statusCode, 400);
});

test('PUT /products/:id/price: a price at or above the previous one ends the sale', needsPostgres, async () => {
  await using catalog = await openCatalog('oars');
  const response = await catalog.put('/products/petrel-jib/price', { amount: 36900 }, { 'x-staff-token': 'oars' });
  assert.equal(response.json().previousPrice, undefined);
});

test(
  'staff routes: without the staff token nothing is changed, and without STAFF_TOKEN by nobody',
  needsPostgres,
  async () => {
    await using closed = await openCatalog();
    await using open = await openCatalog('oars');
    for (const [catalog, token] of [
      [closed, ''],
      [closed, 'undefined'],
      [open, ''],
      [open, 'oar'],
    ] as const) {
      const headers: Record<string, string> = token === '' ? {} : { 'x-staff-token': token };
      assert.equal((await catalog.put('/products/watch-cap/price', { amount: 1 }, headers)).statusCode, 401);
      assert.equal((await catalog.put('/products/watch-cap/stock', { onHand: 9 }, headers)).statusCode, 401);
    }
  },
);

test('seedCatalog: prices and stock that were changed since are not overwritten', needsPostgres, async () => {
  await using catalog = await openCatalog('oars');
  await catalog.put('/products/watch-cap/stock', { onHand: 3 }, { 'x-staff-token': 'oars' });
  await catalog.database.transaction((tx) => seedCatalog(tx, seedCategories));
  assert.equal((await catalog.get<ProductPage['products'][0]>('/products/watch-cap')).available, 3);
});

test(
  'access: products are for the own sidecar; prices, stock and invariants are for staff',
  needsPostgres,
  async () => {
    await using catalog = await openCatalog('oars');
    const sidecar = { 'dapr-api-token': appToken };
    for (const url of ['/home', '/categories', '/products', '/products/watch-cap', '/products/watch-cap/related']) {
      assert.equal(await catalog.status(url), 401, url);
      assert.equal(await catalog.status(url, staff), 401, url);
      assert.equal(await catalog.status(url, sidecar), 200, url);
    }
    for (const url of ['/invariants', '/staff/products/watch-cap', '/metrics']) {
      assert.equal(await catalog.status(url), 401, url);
      assert.equal(await catalog.status(url, sidecar), 401, url);
      assert.equal(await catalog.status(url, staff), 200, url);
    }
    assert.equal(await catalog.status('/staff/products/none', staff), 404);
  },
);

test('GET /products/:id: an invalid id is 404 and is not echoed', needsPostgres, async () => {
  await using catalog = await openCatalog('oars');
  const tricks = ['%00', 'watch-cap%00', '..%2finvariants', '%2e%2e%2f', 'a%20b', 'x'.repeat(65), '%E2%80%AE'];
  for (const id of tricks) {
    for (const url of [`/products/${id}`, `/products/${id}/related`]) {
      const { detail } = await catalog.get<{ detail: string }>(url, 404);
      assert.equal(detail, 'There is no product with such an id.', url);
    }
    for (const [path, body] of [
      ['price', { amount: 1 }],
      ['stock', { onHand: 1 }],
    ] as const)
      assert.equal((await catalog.put(`/products/${id}/${path}`, body, staff)).statusCode, 404, id);
  }
});

test('GET /products: hostile parameters are 400 with the field, never 503', needsPostgres, async () => {
  await using catalog = await openCatalog();
  for (const field of ['q', 'brand', 'category', 'ids', 'sort', 'min', 'page'])
    for (const value of ['%00', 'a%00b', '%E2%80%AEa', '%07', 'x'.repeat(3000)]) {
      const { errors } = await catalog.get<{ errors: { field: string }[] }>(`/products?${field}=${value}`, 400);
      assert.ok(errors[0]?.field.startsWith(field), `${field}=${value}: ${JSON.stringify(errors)}`);
    }
  const { errors } = await catalog.get<{ errors: { field: string }[] }>('/products?q=a&q=b', 400);
  assert.deepEqual(
    errors.map(({ field }) => field),
    ['q'],
  );
  await catalog.get('/products?q=a%00&utm_source=%00', 400);
  await catalog.get('/products?utm_source=%00&__proto__=x&constructor=y');
});

test('PUT /products/:id/price and stock: invalid bodies are 400', needsPostgres, async () => {
  await using catalog = await openCatalog('oars');
  for (const amount of [0, -1, 0.5, '7', null, 2 ** 31, {}])
    assert.equal((await catalog.put('/products/watch-cap/price', { amount }, staff)).statusCode, 400);
  for (const onHand of [-1, 0.5, '7', null, 2 ** 31])
    assert.equal((await catalog.put('/products/watch-cap/stock', { onHand }, staff)).statusCode, 400);
  assert.equal((await catalog.put('/products/watch-cap/stock', [], staff)).statusCode, 400);
});

test(
  'metrics: outbox gauges show how many events wait, since when, and how many are parked',
  needsPostgres,
  async () => {
    await using catalog = await openCatalog('oars');
    await catalog.outbox.close();
    await catalog.database.execute(
      `insert into outbox (event_id, pubsub, topic, type, data, subject, written_at, parked_at) values
       ('e1', 'pubsub', 'stock', 't', '{}', 's', now() - interval '1 hour', null),
       ('e2', 'pubsub', 'stock', 't', '{}', 's', now(), null),
       ('e3', 'pubsub', 'stock', 't', '{}', 's', now() - interval '2 hours', now())`,
    );
    const { body } = await catalog.app.inject({ url: '/metrics', headers: staff });
    const valueOf = (name: string) => Number(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'm').exec(body)?.[1]);
    assert.equal(valueOf('store_outbox_waiting'), 2);
    assert.equal(valueOf('store_outbox_parked'), 1);
    assert.ok(Math.abs(valueOf('store_outbox_oldest_seconds') - 3600) < 60);
  },
);
