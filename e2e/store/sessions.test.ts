import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, describe, test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { homeOf, secretsIn } from '../harness/secrets.ts';
import { sharedStore, type StoreUnderTest } from '../harness/store.ts';

const daySeconds = 24 * 3600;

const signed = (value: string, secret: string): string =>
  `${value}.${createHmac('sha256', secret).update(value).digest('base64').replace(/=+$/, '')}`;

describe('the session cookie', { timeout: 120_000 }, () => {
  let store: StoreUnderTest;
  let productId: string;

  before(async () => {
    store = await sharedStore();
    const page = (await (await fetch(`${store.url}/api/products?stock=1&size=1`)).json()) as ProductPage;
    productId = page.products[0]?.id ?? '';
  });

  const cart = async (cookie: string): Promise<{ readonly count: number; readonly set: readonly string[] }> => {
    const response = await fetch(`${store.url}/api/cart`, { headers: { cookie } });
    assert.equal(response.status, 200);
    return { count: ((await response.json()) as CartView).count, set: response.headers.getSetCookie() };
  };

  /** The cookie (`name=value`) of a shopper with `count` items in the cart. */
  const shopperWith = async (count: number): Promise<string> => {
    const first = await fetch(`${store.url}/api/cart`);
    const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const response = await fetch(`${store.url}/api/cart/lines/${productId}`, {
      method: 'PUT',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ quantity: count }),
    });
    assert.equal(response.status, 200);
    return cookie;
  };

  const sessionSecret = (): string => secretsIn(homeOf(store.running())).shared.SESSION_SECRET;
  const nameOf = (cookie: string): string => cookie.split('=')[0] ?? '';

  test('cookie: a valid one after invalid, foreign and truncated ones of the same name is used', async () => {
    const validCookie = await shopperWith(3);
    const name = nameOf(validCookie);
    const foreign = signed(`guest-attacker~${Math.floor(Date.now() / 1000)}`, 'another store');
    const junk = ['junk', '', foreign, validCookie.slice(name.length + 1, -4), 'a.b.c', '%00', '"x"', 'x'.repeat(2000)];
    for (const value of junk) {
      const { count, set } = await cart(`${name}=${value}; ${validCookie}`);
      assert.deepEqual([count, set], [3, []], `behind ${value.slice(0, 60)}`);
    }
    assert.equal((await cart(`${junk.map((value) => `${name}=${value}`).join('; ')}; ${validCookie}`)).count, 3);
  });

  test('cookie: of two valid ones the first is used, and the carts stay separate', async () => {
    const [one, two] = [await shopperWith(2), await shopperWith(5)];
    assert.equal((await cart(`${one}; ${two}`)).count, 2);
    assert.equal((await cart(two)).count, 5);
  });

  test('cookie: a forged, unsigned or expired one starts a new session', async () => {
    const validCookie = await shopperWith(1);
    const name = nameOf(validCookie);
    const old = signed(`guest-old~${Math.floor(Date.now() / 1000) - 200 * daySeconds}`, sessionSecret());
    for (const value of ['guest-1~1', signed('guest-1~1', 'x'), old]) {
      const { count, set } = await cart(`${name}=${value}`);
      assert.equal(count, 0);
      assert.equal(set.length, 1);
    }
  });

  test('cookie: after a day of use it is renewed for the same shopper', async () => {
    const validCookie = await shopperWith(4);
    const name = nameOf(validCookie);
    const shopper = decodeURIComponent(validCookie.slice(name.length + 1)).split('~')[0] ?? '';
    const issued = Math.floor(Date.now() / 1000) - 2 * daySeconds;
    const aged = signed(`${shopper}~${issued}`, sessionSecret());
    const { count, set } = await cart(`${name}=${aged}`);
    assert.equal(count, 4);
    assert.match(set[0] ?? '', new RegExp(`^${name}=.*Max-Age=${180 * daySeconds}; Path=/; HttpOnly; SameSite=Lax$`));
    assert.equal((await cart(set[0]?.split(';')[0] ?? '')).count, 4);
  });

  test('cookie: without TLS it is not Secure and has no __Host- name, whatever a client sends', async () => {
    const response = await fetch(`${store.url}/api/cart`, { headers: { 'x-forwarded-proto': 'https' } });
    const [set = ''] = response.headers.getSetCookie();
    assert.doesNotMatch(set, /__Host-|Secure/);
  });
});
