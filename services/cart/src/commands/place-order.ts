import type { ActorContext } from '@outrigger/sdk/actors';
import type { CartView, CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { storeMessage } from '@tidewater/kit/store-events.ts';
import { withoutOldestCheckouts, isPending } from '../domain/cart-state.ts';
import type { CartState } from '../domain/cart-state.ts';
import { expectSellable, fingerprintOf, keyReused, orderRequestOf, tooManyPending } from './checkout.ts';
import { maxPending, nextAttemptDelay } from './confirmation.ts';
import type { ConfirmationTimes } from './confirmation.ts';
import { orderNumber } from './order-number.ts';

/** An idempotency key with the request that came with it. */
export interface KeyedCheckout {
  readonly key: string;
  readonly request: CheckoutRequest;
}

/** The order of an earlier checkout with this key; throws 422 when that had another request. */
export function earlierOrder({ checkouts }: CartState, { key, request }: KeyedCheckout): string | undefined {
  const earlier = checkouts.find((checkout) => checkout.key === key);
  if (earlier === undefined) return undefined;
  if (earlier.fingerprint !== undefined && earlier.fingerprint !== fingerprintOf(request)) throw keyReused();
  return earlier.orderId;
}

/**
 * Empties the cart, stores the checkout and publishes the order, all in the turn of `ctx`; returns the order's number. Throws
 * as `expectSellable` does, and 429 while too many earlier orders are on their way.
 */
export function placeOrder(
  ctx: ActorContext<CartState>,
  cart: CartView,
  { key, request }: KeyedCheckout,
  times: ConfirmationTimes,
): string {
  const { state } = ctx;
  expectSellable(cart, request);
  if (state.checkouts.filter(isPending).length >= maxPending) throw tooManyPending();
  const identity = { orderId: orderNumber(ctx.random), shopperId: ctx.id, checkoutId: ctx.random.uuid() };
  const order = orderRequestOf(identity, cart, request);
  const { orderId } = order;
  const at = ctx.now();
  const nextAttemptAt = at + nextAttemptDelay(0, times);
  const fingerprint = fingerprintOf(request);
  state.lines = [];
  state.version += 1;
  state.checkouts = withoutOldestCheckouts([
    ...state.checkouts,
    { state: 'pending', key, fingerprint, orderId, request: order, at, attempts: 0, nextAttemptAt },
  ]);
  ctx.publish(storeMessage('cart.checked-out', { order }));
  const dueAt = Math.min(...state.checkouts.filter(isPending).map((checkout) => checkout.nextAttemptAt));
  ctx.setReminder('confirm', { dueTime: Math.max(0, dueAt - at) });
  return orderId;
}
