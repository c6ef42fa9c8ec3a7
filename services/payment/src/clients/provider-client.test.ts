import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { isPermanent } from '@tidewater/kit/failures.ts';
import { jsonLog } from '@tidewater/kit/log.ts';
import { testContext } from '@tidewater/kit/testing.ts';
import { movableClock } from '@outrigger/sdk/testing';
import { providerBreaker } from './provider-breaker.ts';
import { providerClient, ProviderUnavailableError } from './provider-client.ts';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A provider that gives `replies` in order, the last one forever. */
async function open(...replies: readonly (Reply | 'hang')[]) {
  const seen: { url: string; authorization: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    const reply = replies[Math.min(seen.length, replies.length - 1)];
    const entry = { url: request.url ?? '', authorization: request.headers.authorization, body: '' };
    seen.push(entry);
    request.setEncoding('utf8').on('data', (part: string) => void (entry.body += part));
    if (reply === undefined || reply === 'hang') return;
    request.on('end', () =>
      response
        .writeHead(reply.status, { 'content-type': 'application/json' })
        .end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const clock = movableClock(0);
  const lines: string[] = [];
  const log = jsonLog({
    app: 'payment',
    write: (line) => void lines.push(line),
    now: () => 0,
    traceId: () => undefined,
  });
  const context = testContext({ clock, log });
  const client = providerClient({
    url: `http://127.0.0.1:${port}`,
    secretKey: 'sk_secret',
    // Only what is meant to hang may run into it.
    timeoutMs: replies.includes('hang') ? 200 : 30_000,
    breaker: providerBreaker(context),
  });
  const authorize = () => client.authorize({ orderId: 'o1', token: 'tok_1', customer: 'ada', amount: eur(500) });
  return {
    client,
    clock,
    seen,
    events: () => lines.map((line) => (JSON.parse(line) as { event: string }).event),
    gauge: async () => (await context.metrics.text()).text,
    authorize,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const entry = {
  id: 'auth_1',
  reference: 'o1',
  status: 'authorized',
  amount: eur(500),
  captured: eur(0),
  refunded: eur(0),
  card: { brand: 'Visa', last4: '4242' },
};
const ok = (change: object = {}): Reply => ({ status: 200, body: { ...entry, ...change } });
const down: Reply = { status: 503, body: { type: 'unavailable' } };

test('provider client: sends the secret key and the customer', async () => {
  await using provider = await open(ok());
  assert.deepEqual((await provider.authorize()).card, entry.card);
  const [request] = provider.seen;
  assert.equal(request?.authorization, 'Bearer sk_secret');
  const { customer, reference } = JSON.parse(request.body) as Record<string, unknown>;
  assert.deepEqual([customer, reference], ['ada', 'o1']);
});

test('provider client: an entry for another order, amount or currency is a permanent error', async () => {
  for (const change of [
    { reference: 'o2' },
    { amount: eur(501) },
    { status: 'captured', captured: eur(499) },
    { captured: eur(500) },
    { status: 'refunded', captured: eur(500), refunded: eur(1) },
  ]) {
    await using provider = await open(ok(change));
    await assert.rejects(provider.authorize(), (error: Error) => isPermanent(error) && /order o1 /.test(error.message));
  }
});

test('provider client: a ledger that repeats a page is an error', async () => {
  const page = Array.from({ length: 1_000 }, (_, at) => ({ ...entry, id: `auth_${at}` }));
  await using provider = await open({ status: 200, body: page });
  await assert.rejects(provider.client.readLedger(), ProviderUnavailableError);
  assert.equal(provider.seen.length, 2);
});

test('provider client: a response that is no authorization, or no JSON, is a ProviderUnavailableError', async () => {
  for (const body of [
    {},
    [],
    null,
    'x',
    { ...entry, status: 'stolen' },
    { ...entry, amount: { amount: 5, currency: 'USD' } },
  ]) {
    await using provider = await open({ status: 200, body });
    await assert.rejects(provider.authorize(), ProviderUnavailableError);
  }
});

test('provider client: an invalid reason or card is left out', async () => {
  await using provider = await open(ok({ status: 'declined', reason: 'a\0b', card: { brand: 'V\0', last4: 'x' } }));
  const { reason, card } = await provider.authorize();
  assert.deepEqual([reason, card], ['The card was declined.', undefined]);
});

test('provider client: a rejected secret key is no decline', async () => {
  for (const status of [401, 403, 404, 408, 409, 429, 500, 503]) {
    await using provider = await open({ status, body: { type: 'x', detail: 'x' } });
    await assert.rejects(provider.authorize(), ProviderUnavailableError, String(status));
  }
});

test('provider client: a rejected request is a decline with a sentence for the shopper', async () => {
  await using unknown = await open({ status: 422, body: { type: 'token-unknown', detail: 'Enter the card again.' } });
  assert.equal((await unknown.authorize()).reason, 'Enter the card again.');
  await using malformed = await open({ status: 400, body: { detail: 'amount.amount must be from 1 to 100000000' } });
  assert.equal((await malformed.authorize()).reason, 'The payment provider cannot take this payment.');
  await using hostile = await open({ status: 422, body: { detail: 'x'.repeat(1000) } });
  assert.equal((await hostile.authorize()).reason, 'The card could not be used.');
});

test('provider client: reads all pages of the ledger', async () => {
  const page = Array.from({ length: 1_000 }, (_, i) => ({ ...entry, id: `auth_${i}` }));
  await using provider = await open({ status: 200, body: page }, { status: 200, body: [entry] });
  assert.equal((await provider.client.readLedger('o1')).length, 1_001);
  assert.match(provider.seen[1]?.url ?? '', /reference=o1&after=auth_999$/);
});

test('provider client: five failures open the circuit, and a success closes it', async () => {
  await using provider = await open(down, down, down, down, down, ok());
  for (let i = 0; i < 7; i++) await assert.rejects(provider.authorize(), ProviderUnavailableError);
  assert.equal(provider.seen.length, 5);
  assert.match(await provider.gauge(), /circuit_open\{.*\} 1$/m);
  provider.clock.moveTo(10_000);
  await provider.authorize();
  assert.match(await provider.gauge(), /circuit_open\{.*\} 0$/m);
  assert.deepEqual(provider.events(), ['provider-circuit-opened', 'provider-circuit-closed']);
});

test('provider client: a provider that never responds is a timeout', async () => {
  await using provider = await open('hang');
  await Promise.all(Array.from({ length: 5 }, () => assert.rejects(provider.authorize(), ProviderUnavailableError)));
  await assert.rejects(provider.authorize(), /not called for now/);
  assert.equal(provider.seen.length, 5);
});

test('provider client: an unavailable issuer of one card does not open the circuit', async () => {
  await using provider = await open({ status: 503, body: { type: 'issuer-unavailable' } });
  for (let i = 0; i < 8; i++) await assert.rejects(provider.authorize(), ProviderUnavailableError);
  assert.equal(provider.seen.length, 8);
});

test('provider client: the error of a failure that the provider simulates names that', async () => {
  await using provider = await open({ status: 503, body: { type: 'issuer-unavailable', isSimulated: true } });
  await assert.rejects(provider.authorize(), { message: /with 503 \(simulated\)$/ });
});
