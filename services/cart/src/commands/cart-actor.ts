import { actor } from '@outrigger/sdk/actors';
import type { ActorContext } from '@outrigger/sdk/actors';
import type { Product } from '@tidewater/contracts/catalog.ts';
import { cartQuantity, checkoutRequest, maxLines, maxMoney, object } from '@tidewater/contracts/schemas.ts';
import type { CartView, CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { id, idempotencyKey } from '@tidewater/contracts/text-schemas.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { badRequest, notFound } from '@tidewater/kit/problems.ts';
import { parse } from '@tidewater/kit/schema.ts';
import { storeMessage } from '@tidewater/kit/store-events.ts';
import { cartView } from '../domain/cart.ts';
import { bounded, emptyCart, findCheckout, isPending, upgradeState } from '../domain/cart-state.ts';
import type { CartState } from '../domain/cart-state.ts';
import type { Catalog } from '../clients/catalog-client.ts';
import { expectSellable, fingerprintOf, keyReused, orderRequestOf, tooManyPending } from './checkout.ts';
import { checkoutView } from '../domain/checkout-view.ts';
import type { CheckoutView } from '../domain/checkout-view.ts';
import { confirmCheckouts, maxPending, nextAttemptDelay } from './confirmation.ts';
import type { ConfirmationTimes } from './confirmation.ts';
import type { Orders } from '../clients/order-client.ts';
import { orderNumber } from './order-number.ts';

type Context = ActorContext<CartState>;

export interface CartDependencies {
  readonly catalog: Catalog;
  readonly orders: Orders;
  readonly times: ConfirmationTimes;
  readonly log: Log;
}

const lineArgument = object({ productId: id, quantity: cartQuantity });
const checkoutArgument = object({ key: idempotencyKey, request: checkoutRequest });
const referenceArgument = object({ reference: idempotencyKey });

/** One actor for each shopper. Prices come from the catalog with each request, never from a browser. */
export function cartActor({ catalog, orders, times, log }: CartDependencies) {
  const viewOf = async (state: CartState): Promise<CartView> =>
    cartView(state, await catalog.products(state.lines.map(({ productId }) => productId)));

  /** The state of this turn, ready to be changed. */
  const upgradedState = (ctx: Context): CartState => (ctx.state = upgradeState(ctx.state));

  const setLine = (
    state: CartState,
    { productId, quantity }: { readonly productId: string; readonly quantity: number },
    products: readonly Product[],
  ): void => {
    const { lines } = state;
    const at = lines.findIndex((line) => line.productId === productId);
    const existing = lines[at];
    if (existing?.quantity === quantity || (existing === undefined && quantity === 0)) return;
    if (existing !== undefined) {
      if (quantity === 0) lines.splice(at, 1);
      else lines[at] = { ...existing, quantity };
    } else {
      if (lines.length >= maxLines) throw badRequest(`A cart holds ${maxLines} different things at most.`);
      const product = products.find(({ id: each }) => each === productId);
      if (product === undefined) throw notFound(`There is no product ${productId}.`);
      lines.push({ productId, name: product.name, quantity, seen: product.price });
    }
    state.version += 1;
  };

  return actor('cart', {
    state: emptyCart,
    methods: {
      view: (ctx): Promise<CartView> => viewOf(upgradeState(ctx.state)),

      /** 0 removes the line; 404 for an unknown product. A line has the price that its shopper saw first. */
      async setLine(ctx, argument: { readonly productId: string; readonly quantity: number }): Promise<CartView> {
        const { productId, quantity } = parse(lineArgument, argument);
        const state = upgradedState(ctx);
        const before = state.lines.find((line) => line.productId === productId)?.quantity ?? 0;
        // One request for the new product and those of the view.
        const ids = new Set([...state.lines.map((line) => line.productId), productId]);
        const products = await catalog.products([...ids]);
        setLine(state, { productId, quantity }, products);
        const view = cartView(state, products);
        // A cart whose goods became dearer may be made smaller step by step.
        if (quantity > before && view.total.amount > maxMoney)
          throw badRequest(
            `A cart can be worth €${(maxMoney / 100).toLocaleString('en-IE')} at most. Order the rest separately.`,
          );
        return view;
      },

      /** The shopper has seen the new prices and accepts them. */
      async acceptPrices(ctx): Promise<CartView> {
        const state = upgradedState(ctx);
        const products = await catalog.products(state.lines.map(({ productId }) => productId));
        const prices = new Map(products.map((product) => [product.id, product.price]));
        const before = cartView(state, products);
        state.lines = state.lines.map((line) => ({ ...line, seen: prices.get(line.productId) ?? line.seen }));
        if (before.pricesChanged) state.version += 1;
        return cartView(state, products);
      },

      /**
       * Turns the cart into an order: one turn empties the cart, stores the checkout and publishes the order. The same
       * key with the same request gives the same order; with another request it is a 422. Throws as `expectSellable` does.
       */
      async checkout(
        ctx,
        argument: { readonly key: string; readonly request: CheckoutRequest },
      ): Promise<{ readonly orderId: string }> {
        const { key, request } = parse(checkoutArgument, argument, 'The checkout');
        const state = upgradedState(ctx);
        const fingerprint = fingerprintOf(request);
        const earlier = state.checkouts.find((checkout) => checkout.key === key);
        if (earlier !== undefined) {
          if (earlier.fingerprint !== undefined && earlier.fingerprint !== fingerprint) throw keyReused();
          return { orderId: earlier.orderId };
        }
        const cart = await viewOf(state);
        expectSellable(cart, request);
        if (state.checkouts.filter(isPending).length >= maxPending) throw tooManyPending();
        const identity = { orderId: orderNumber(ctx.random), shopperId: ctx.id, checkoutId: ctx.random.uuid() };
        const order = orderRequestOf(identity, cart, request);
        const { orderId } = order;
        const at = ctx.now();
        const delayMs = nextAttemptDelay(0, times);
        state.lines = [];
        state.version += 1;
        state.checkouts = bounded([
          ...state.checkouts,
          { state: 'pending', key, fingerprint, orderId, request: order, at, attempts: 0, nextAttemptAt: at + delayMs },
        ]);
        ctx.publish(storeMessage('cart.checked-out', { order }));
        const dueAt = Math.min(...state.checkouts.filter(isPending).map(({ nextAttemptAt }) => nextAttemptAt));
        ctx.setReminder('confirm', { dueTime: Math.max(0, dueAt - at) });
        return { orderId };
      },

      /** By idempotency key or order number; throws 404. */
      checkoutBy(ctx, argument: { readonly reference: string }): CheckoutView {
        const { reference } = parse(referenceArgument, argument);
        const checkout = findCheckout(upgradeState(ctx.state).checkouts, reference);
        if (checkout === undefined) throw notFound('There is no checkout with this key or order number.');
        return checkoutView(checkout);
      },
    },
    reminders: {
      /** Until each order is known to exist. */
      async confirm(ctx) {
        const state = upgradedState(ctx);
        const { checkouts, publish, nextInMs } = await confirmCheckouts(state.checkouts, {
          now: ctx.now(),
          random: ctx.random,
          orders,
          times,
          log,
        });
        state.checkouts = checkouts;
        // Each gets a new event id: brokers drop an id that they have seen.
        for (const order of publish) ctx.publish(storeMessage('cart.checked-out', { order }));
        if (nextInMs !== undefined) ctx.setReminder('confirm', { dueTime: nextInMs });
      },
    },
    idleTimeout: '10m',
  });
}
