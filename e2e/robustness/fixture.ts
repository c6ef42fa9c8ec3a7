import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { CartView, CheckoutRequest, OrderView } from '@tidewater/contracts/storefront.ts';
import { Shopper } from '../harness/shopper.ts';
import type { StoreUnderTest } from '../harness/store.ts';

/** A customer with a cart and an order, which no other customer may change. */
export interface Customer {
  readonly shopper: Shopper;
  readonly shopperId: string;
  readonly productId: string;
  readonly orderId: string;
  readonly email: string;
  cart(): Promise<CartView>;
  readonly order: () => Promise<OrderView>;
}

/** The shopper's id is the beginning of the signed value. */
export function shopperIdOf({ cookie }: Shopper): string {
  const id = /guest-[0-9a-f-]{36}/.exec(decodeURIComponent(cookie))?.[0];
  assert.ok(id, `no shopper in ${cookie}`);
  return id;
}

/** Buys one product, which is delivered, and puts another into the cart. */
export async function customer(store: StoreUnderTest, search: string): Promise<Customer> {
  const shopper = new Shopper(store.url);
  const { products } = await shopper.get<ProductPage>(`/api/products?q=${search}&stock=1`);
  const [product] = products;
  assert.ok(product);
  const email = `${search}-${randomUUID().slice(0, 8)}@example.org`;
  await shopper.put(product.id, 1);
  const request: CheckoutRequest = { ...(await shopper.checkoutRequest()), contact: { name: 'Ada Tern', email } };
  const { status, body } = await shopper.request<{ orderId: string }>('POST', '/api/checkout', request, {
    'idempotency-key': randomUUID(),
  });
  assert.equal(status, 202, JSON.stringify(body));
  await shopper.reaches(body.orderId, 'delivered');
  await shopper.put(product.id, 3);
  return {
    shopper,
    shopperId: shopperIdOf(shopper),
    productId: product.id,
    orderId: body.orderId,
    email,
    cart: () => shopper.get<CartView>('/api/cart'),
    order: () => shopper.order(body.orderId),
  };
}

/** The store, a victim and an attacker; the attacker's tokens are valid for attacks on the port of a service. */
export interface AttackFixture {
  readonly store: StoreUnderTest;
  readonly victim: Customer;
  readonly attacker: Customer;
  /** A checkout of the attacker that is valid except for the cart's version, so that it places no order. */
  readonly checkout: CheckoutRequest;
  /** A card token of the attacker. */
  readonly cardToken: string;
}

export async function createFixture(store: StoreUnderTest): Promise<AttackFixture> {
  const [victim, attacker] = await Promise.all([customer(store, 'compass'), customer(store, 'lantern')]);
  const checkout = await attacker.shopper.checkoutRequest();
  const { token } = await attacker.shopper.token(testCards.approved);
  return { store, victim, attacker, checkout: { ...checkout, cartVersion: 999_999 }, cardToken: token };
}
