import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { CartView, HomePage, Problem } from '@tidewater/contracts/storefront.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { type ApiResponse, Shopper } from '../harness/shopper.ts';
import { pause, startStore, type StoreUnderTest } from '../harness/store.ts';

/** A stalled connection is closed within this time. */
const stallMs = 20_000;

describe('limits of the storefront', { timeout: 180_000 }, () => {
  let store: StoreUnderTest;
  before(async () => {
    store = await startStore({ env: { RATE_LIMIT_FACTOR: '1' } });
  });
  after(() => store?.stop());

  const someone = async (): Promise<Shopper> => {
    const shopper = new Shopper(store.url);
    await shopper.get('/api/cart');
    return shopper;
  };

  /** Repeats a request until it is 429; returns how often it was not. */
  async function countUntilLimited(most: number, send: () => Promise<ApiResponse<unknown>>): Promise<number> {
    for (let count = 0; count < most; count++) {
      const response = await send();
      if (response.status !== 429) continue;
      expectLimited(response);
      return count;
    }
    return assert.fail(`${most} requests were accepted without a limit`);
  }

  test('POST /provider/tokens: few cards per shopper and minute', async () => {
    const shopper = await someone();
    const card = { number: testCards.declined, expiry: '12/39', cvc: '123' };
    const taken = await countUntilLimited(40, () => shopper.request('POST', '/provider/tokens', card));
    assert.ok(taken >= 5 && taken <= 30, `${taken} tokens`);
    const other = await someone();
    assert.equal((await other.request('POST', '/provider/tokens', card)).status, 200);
  });

  test('POST /api/checkout: few checkouts per shopper and minute', async () => {
    const shopper = await someone();
    const request = { ...(await shopper.checkoutRequest()), cartVersion: 999 };
    const taken = await countUntilLimited(40, () =>
      shopper.request('POST', '/api/checkout', request, { 'idempotency-key': randomUUID() }),
    );
    assert.ok(taken >= 5 && taken <= 30, `${taken} checkouts`);
  });

  test('GET /api/orders/{id}: guessing of numbers is limited', async () => {
    const shopper = await someone();
    const guess = (at: number): Promise<ApiResponse<Problem>> => shopper.request('GET', `/api/orders/TW-GUESS${at}`);
    let taken = 0;
    let limited: ApiResponse<Problem> | undefined;
    while (!limited && taken < 3_000) {
      const responses = await Promise.all(Array.from({ length: 25 }, (_, i) => guess(taken + i)));
      limited = responses.find(({ status }) => status === 429);
      taken += responses.filter(({ status }) => status === 404).length;
    }
    assert.ok(limited, `${taken} look-ups were accepted without a limit`);
    expectLimited(limited);
  });

  test('GET /api/live: few streams per shopper, and others still get theirs', async () => {
    const shopper = await someone();
    const stop = new AbortController();
    const open = async (cookie: string): Promise<Response> =>
      fetch(`${store.url}/api/live`, { headers: { cookie }, signal: stop.signal });
    try {
      let streams = 0;
      let response = await open(shopper.cookie);
      for (; response.status === 200 && streams < 100; streams++) response = await open(shopper.cookie);
      assert.equal(response.status, 429, `${streams} streams`);
      assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d{0,2}$/);
      assert.ok(streams >= 4 && streams <= 40, `${streams} streams`);
      assert.equal((await open((await someone()).cookie)).status, 200);
    } finally {
      stop.abort();
    }
  });

  test(`connections: a stalled body, a slow one and a slow head end within ${stallMs / 1000} s`, async () => {
    const { port, host } = new URL(store.url);
    const head = `POST /api/checkout HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n`;
    const stalls: Readonly<Record<string, readonly [first: string, then: string]>> = {
      'nothing at all after a first byte': ['P', ''],
      'a head without its end': [head, ''],
      'a head that grows by a byte a second': [head, 'x'],
      'half a body': [`${head}idempotency-key: stall\r\n\r\n{"contact":`, ''],
      'a body that grows by a byte a second': [`${head}idempotency-key: slow\r\n\r\n{"contact":`, ' '],
      'half a card': [head.replace('/api/checkout', '/provider/tokens') + '\r\n{"number":', ''],
    };
    const results = await Promise.all(
      Object.entries(stalls).map(async ([what, [first, then]]) => {
        const ms = await msUntilClosed(Number(port), first, then);
        return ms < stallMs ? undefined : `${what}: open for ${ms} ms`;
      }),
    );
    assert.deepEqual(
      results.filter((each) => each !== undefined),
      [],
    );
  });

  test('connections: 300 idle ones do not delay a shopper', async () => {
    const port = Number(new URL(store.url).port);
    const idle: Socket[] = [];
    try {
      for (let i = 0; i < 300; i++) idle.push(await opened(port));
      // A third of them have sent an incomplete request.
      for (const socket of idle.slice(0, 100)) socket.write('GET /api/home HTTP/1.1\r\nhost: x\r\n');
      const begun = Date.now();
      const shopper = await someone();
      const { picks } = await shopper.get<HomePage>('/api/home');
      const product = picks[0];
      assert.ok(product);
      await shopper.put(product.id, 1);
      assert.equal((await shopper.get<CartView>('/api/cart')).count, 1);
      assert.ok(Date.now() - begun < 4_000, `took ${Date.now() - begun} ms`);
    } finally {
      for (const socket of idle) socket.destroy();
    }
  });
});

function expectLimited({ headers, body }: ApiResponse<unknown>): void {
  assert.match(headers.get('content-type') ?? '', /application\/problem\+json/);
  assert.match(headers.get('retry-after') ?? '', /^[1-9]\d{0,2}$/);
  assert.match((body as Problem).type, /too-many-requests/);
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(socket));
    // It may be closed in favour of another one.
    socket.on('error', (error) => reject(error));
  });
}

/** Sends the beginning and then one part each second; returns how long the connection stays open, in ms. */
async function msUntilClosed(port: number, first: string, then: string): Promise<number> {
  const socket = await opened(port);
  const begun = Date.now();
  let isOpen = true;
  socket.on('close', () => (isOpen = false));
  socket.resume();
  socket.write(first);
  while (isOpen && Date.now() - begun < stallMs) {
    await pause(1_000);
    if (isOpen && then !== '') socket.write(then);
  }
  socket.destroy();
  return Date.now() - begun - (isOpen ? 0 : 1_000);
}
