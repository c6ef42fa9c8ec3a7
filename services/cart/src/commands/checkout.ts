import { createHash } from 'node:crypto';
import { ProblemError } from '@outrigger/sdk';
import type { OrderRequest } from '@tidewater/contracts/events.ts';
import { orderRequest } from '@tidewater/contracts/schemas.ts';
import type { CartView, CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { badRequest } from '@tidewater/kit/problems.ts';
import { parse } from '@tidewater/kit/schema.ts';

/** Identifies a request, whatever the order of its members. */
export const fingerprintOf = (request: CheckoutRequest): string =>
  createHash('sha256').update(canonicalJson(request)).digest('hex');

function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Throws 400 for an empty cart, and 409 with the cart unless it is what the shopper saw and can be delivered. */
export function expectSellable(cart: CartView, { expectedTotal, cartVersion }: CheckoutRequest): void {
  const isEmpty = cart.lines.length + cart.unavailable.length === 0;
  if (isEmpty) throw badRequest('Your cart is empty. If you have just ordered, your order is among your orders.');
  const [discontinued] = cart.unavailable;
  if (discontinued !== undefined)
    throw conflict(
      'cart-changed',
      `${discontinued.name} is no longer sold. Nothing was charged; take it out first.`,
      cart,
    );
  if (cart.pricesChanged) {
    const detail = 'A price changed since you put it in your cart. Nothing was charged; look at the new prices first.';
    throw conflict('prices-changed', detail, cart);
  }
  if (cart.version !== cartVersion || cart.total.amount !== expectedTotal.amount) {
    const detail = 'Your cart changed since you opened this page. Nothing was charged; look at it again first.';
    throw conflict('cart-changed', detail, cart);
  }
  const insufficient = cart.lines.find(({ product, quantity }) => quantity > product.available);
  if (insufficient !== undefined) {
    const { name, available } = insufficient.product;
    const left = available === 0 ? `${name} is sold out.` : `Only ${available} of ${name} are in stock.`;
    throw conflict('sold-out', `${left} Nothing was charged; change your cart first.`, cart);
  }
}

const titles = {
  'prices-changed': 'Prices changed',
  'cart-changed': 'Your cart changed',
  'sold-out': 'Sold out',
} as const;

const conflict = (type: keyof typeof titles, detail: string, cart: CartView): ProblemError =>
  new ProblemError({ type, status: 409, title: titles[type], detail, cart });

export const keyReused = (): ProblemError =>
  new ProblemError({
    type: 'idempotency-key-reused',
    status: 422,
    title: 'Idempotency key reused',
    detail: 'This idempotency key belongs to another checkout. Send a new key with a new checkout.',
  });

export const tooManyPending = (): ProblemError =>
  new ProblemError({
    type: 'too-many-requests',
    status: 429,
    title: 'Too many orders at once',
    detail: 'Your last orders are still on their way to us. Try again in a minute.',
  });

export interface OrderIdentity {
  readonly orderId: string;
  readonly shopperId: string;
  readonly checkoutId: string;
}

/** The order as it is published, checked once more as its consumers will check it. */
export function orderRequestOf(identity: OrderIdentity, cart: CartView, request: CheckoutRequest): OrderRequest {
  const { contact, address, payment } = request;
  const lines = cart.lines.map(({ product, quantity, unitPrice }) => ({
    productId: product.id,
    name: product.name,
    quantity,
    unitPrice,
  }));
  const { delivery, total } = cart;
  return parse(orderRequest, { ...identity, lines, contact, address, payment, delivery, total }, 'The order');
}
