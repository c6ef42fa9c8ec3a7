import type { Product } from '@tidewater/contracts/catalog.ts';
import { eur } from '@tidewater/contracts/money.ts';
import type { CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { silentLog } from '@tidewater/kit/log.ts';
import type { Log, LogFields } from '@tidewater/kit/log.ts';
import { testActor } from '@outrigger/sdk/testing';
import { cartActor } from './commands/cart-actor.ts';
import type { Catalog } from './clients/catalog-client.ts';
import type { Orders, SubmissionQuery, Submission } from './clients/order-client.ts';

/** A product as tests need it. */
export const sampleProduct = (id: string, cents: number, available = 500): Product => ({
  id,
  name: `The ${id}`,
  brand: 'Skerry',
  category: 'kayaks',
  price: eur(cents),
  description: '',
  specs: [],
  note: '',
  weightGrams: 100,
  picture: { shape: id, hue: 1, variant: 1 },
  alt: '',
  available,
});

/** A cart actor with a catalog and an order service that the test controls. */
export function openCart(saved?: unknown) {
  const products = new Map([sampleProduct('kayak', 89_900), sampleProduct('rope', 1_950)].map((one) => [one.id, one]));
  const catalog: Catalog = {
    products: async (ids) => ids.flatMap((id) => products.get(id) ?? []),
  };
  const queries: SubmissionQuery[] = [];
  const order = { submission: (_query: SubmissionQuery): Submission => 'yours' };
  const orders: Orders = {
    async submission(query) {
      queries.push(query);
      return order.submission(query);
    },
  };
  const errors: LogFields[] = [];
  const lines: LogFields[] = [];
  const log: Log = {
    ...silentLog,
    info: (fields) => void lines.push(fields),
    error: (fields) => void errors.push(fields),
  };
  const definition = cartActor({ catalog, orders, times: { firstMs: 15_000 }, log });
  // What an earlier version saved is a copy each time, as it is when it is read.
  const cart = testActor(saved === undefined ? definition : { ...definition, state: () => structuredClone(saved) }, {
    id: 'ann',
  });
  const reprice = (id: string, cents: number): void => void products.set(id, sampleProduct(id, cents));
  return { cart, products, reprice, order, queries, errors, lines };
}

/** A checkout of a cart with that total, at that version. */
export const sampleCheckout = (expected: number, cartVersion: number): CheckoutRequest => ({
  contact: { name: 'Ann', email: 'ann@example.test' },
  address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
  payment: { token: 'tok_1' },
  expectedTotal: eur(expected),
  cartVersion,
});
