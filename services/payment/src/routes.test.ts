import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { needsPostgres, testContext } from '@tidewater/kit/testing.ts';
import { environment } from '@tidewater/kit/service-context.ts';
import { paymentService } from './service.ts';
import { paymentRoutes } from './routes.ts';
import { ProviderUnavailableError } from './clients/provider-client.ts';
import { paymentFixture } from './testing.ts';

const staff = { 'x-staff-token': 'oars' };
const sidecar = { 'dapr-api-token': 'app-token' };

async function openRoutes() {
  const fixture = await paymentFixture();
  let isDown = false;
  const provider = {
    ...fixture.client,
    readLedger: () => (isDown ? Promise.reject(new ProviderUnavailableError('down')) : fixture.client.readLedger()),
  };
  const env = environment({ APP_API_TOKEN: 'app-token', STAFF_TOKEN: 'oars' });
  const app = serviceApp(testContext({ env }), {
    routes: (routes) => paymentRoutes(routes, fixture.database, provider),
  });
  return {
    office: fixture,
    stopProvider: () => void (isDown = true),
    async get(url: string, headers: Record<string, string> = {}) {
      const response = await app.inject({ url, headers });
      return { status: response.statusCode, body: response.json(), text: response.body };
    },
    async balances(payload: object, headers: Record<string, string> = sidecar) {
      const response = await app.inject({ method: 'POST', url: '/payments/balances', headers, payload });
      return { status: response.statusCode, body: response.json() };
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

test('GET /payments/:id: staff read a payment without its token', needsPostgres, async () => {
  await using routes = await openRoutes();
  const card = await routes.office.provider.tokenize(testCards.approved);
  await routes.office.send('charge', 'o1', card);
  assert.equal((await routes.get('/payments/o1')).status, 401);
  assert.equal((await routes.get('/payments/o1', sidecar)).status, 401);
  const { body, text } = await routes.get('/payments/o1', staff);
  assert.deepEqual(body, {
    orderId: 'o1',
    state: 'captured',
    goal: 'charge',
    amount: eur(1999),
    card: { brand: 'Visa', last4: '4242' },
  });
  assert.ok(!text.includes('tok_'));
  assert.equal((await routes.get('/payments/none', staff)).status, 404);
  assert.equal((await routes.get('/payments/a%00', staff)).status, 400);
});

test('GET /invariants: for staff, and 503 while the provider is unavailable', needsPostgres, async () => {
  await using routes = await openRoutes();
  assert.equal((await routes.get('/invariants')).status, 401);
  assert.equal((await routes.get('/invariants', sidecar)).status, 401);
  assert.deepEqual((await routes.get('/invariants', staff)).body, { ok: true, problems: [] });
  routes.stopProvider();
  assert.equal((await routes.get('/invariants', staff)).status, 503);
});

test(
  'POST /payments/balances: captured and refunded amounts of each order, for the own sidecar',
  needsPostgres,
  async () => {
    await using routes = await openRoutes();
    const card = await routes.office.provider.tokenize(testCards.approved);
    await routes.office.send('charge', 'paid', card);
    await routes.office.send('charge', 'refunded', card);
    await routes.office.send('unwind-payment', 'refunded', card);
    await routes.office.send('charge', 'declined', { token: 'tok_unknown' });
    const orderIds = ['refunded', 'unknown', 'paid', 'declined'];
    assert.equal((await routes.balances({ orderIds }, {})).status, 401);
    assert.equal((await routes.balances({ orderIds }, staff)).status, 401);
    assert.deepEqual((await routes.balances({ orderIds })).body, {
      balances: [
        { orderId: 'refunded', captured: 1999, refunded: 1999, currency: 'EUR' },
        { orderId: 'unknown', captured: 0, refunded: 0, currency: 'EUR' },
        { orderId: 'paid', captured: 1999, refunded: 0, currency: 'EUR' },
        { orderId: 'declined', captured: 0, refunded: 0, currency: 'EUR' },
      ],
    });
    const many = Array.from({ length: 201 }, (_, i) => `o${i}`);
    for (const wrong of [{}, { orderIds: 'o1' }, { orderIds: ['a\0'] }, { orderIds: many }])
      assert.equal((await routes.balances(wrong)).status, 400);
  },
);

test('start: a missing PROVIDER_SECRET_KEY is named with how to set it', async () => {
  const env = environment({ PROVIDER_URL: 'http://127.0.0.1:1', DATABASE_URL: 'postgres://127.0.0.1:1/none' });
  await assert.rejects(
    paymentService(testContext({ env })),
    /^ConfigurationError: PROVIDER_SECRET_KEY is not set. Set it to/,
  );
});
