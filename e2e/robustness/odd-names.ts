import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { text } from '@tidewater/contracts/text-schemas.ts';
import { Shopper } from '../harness/shopper.ts';
import type { StoreUnderTest } from '../harness/store.ts';
import { inParallel } from '../hostile/in-parallel.ts';
import type { HostileString } from './hostile-strings.ts';

const mostOrders = 40;
/** Street and city may be longer; a name may not. */
const longestName = 120;

const { pattern } = text(longestName) as { readonly pattern?: string };
const properName = new RegExp(pattern ?? '', 'u');

function isProperName(odd: string): boolean {
  const name = written(odd);
  return Array.from(name).length <= longestName && properName.test(name);
}

/** As it is stored: normalised and trimmed. */
const written = (odd: string): string => odd.normalize('NFC').trim();

/** Places orders with the strings that are valid names as name, street and city. */
export async function buyWithOddNames(store: StoreUnderTest, strings: readonly HostileString[]): Promise<void> {
  const proper = strings.filter((each) => isProperName(each.text));
  assert.ok(proper.length > mostOrders, `${proper.length} strings are valid names`);
  const every = Math.floor(proper.length / mostOrders);
  const chosen = proper.filter((_each, at) => at % every === 0);
  const { products } = await new Shopper(store.url).get<ProductPage>('/api/products?stock=1&size=60&sort=name');
  await inParallel(8, [...chosen.entries()], async ([at, { name, text: odd }]) => {
    const shopper = new Shopper(store.url);
    const product = products[at % products.length];
    assert.ok(product);
    await shopper.put(product.id, 1);
    const usual = await shopper.checkoutRequest();
    const request = {
      ...usual,
      contact: { ...usual.contact, name: odd },
      address: { ...usual.address, street: odd, city: odd },
    };
    const { status, body } = await shopper.request<{ orderId: string }>('POST', '/api/checkout', request, {
      'idempotency-key': randomUUID(),
    });
    assert.equal(status, 202, `${name}: ${JSON.stringify(body)}`);
    const order = await shopper.reaches(body.orderId, 'delivered');
    const shown = [order.contact.name, order.address.street, order.address.city];
    assert.deepEqual(shown, [written(odd), written(odd), written(odd)], name);
  });
}
