import type { CartView, CheckoutRequest } from '@tidewater/contracts/storefront.ts';

/** The problem type of a rejected checkout; undefined when it is accepted. */
export const checkoutProblemOf = (request: CheckoutRequest, cart: CartView): string | undefined => {
  if (request.cartVersion !== cart.version) return 'cart-changed';
  if (cart.pricesChanged) return 'prices-changed';
  if (request.expectedTotal.amount !== cart.total.amount) return 'cart-changed';
  return cart.lines.some((line) => line.product.available < line.quantity) ? 'sold-out' : undefined;
};

/** Checkouts by idempotency key, so that a repeated one returns the same order. */
export class MockCheckouts {
  readonly #byKey = new Map<string, { readonly body: string; readonly orderId: string }>();

  isOtherRequest(key: string, request: CheckoutRequest): boolean {
    const before = this.#byKey.get(key);
    return before !== undefined && before.body !== JSON.stringify(request);
  }

  orderOf(key: string): string | undefined {
    return this.#byKey.get(key)?.orderId;
  }

  record(key: string, request: CheckoutRequest, orderId: string): void {
    this.#byKey.set(key, { body: JSON.stringify(request), orderId });
  }
}
