import { actor } from '@outrigger/sdk/actors';
import type { ActorContext } from '@outrigger/sdk/actors';
import type { Product } from '@tidewater/contracts/catalog.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { notFound } from '@tidewater/kit/problems.ts';
import { parse } from '@tidewater/kit/schema.ts';
import { storeMessage } from '@tidewater/kit/store-events.ts';
import type { Catalog } from '../clients/catalog-client.ts';
import type { Orders } from '../clients/order-client.ts';
import { cartView } from '../domain/cart.ts';
import { emptyCart, findCheckout, upgradeState } from '../domain/cart-state.ts';
import type { CartState } from '../domain/cart-state.ts';
import { checkoutView } from '../domain/checkout-view.ts';
import type { CheckoutView } from '../domain/checkout-view.ts';
import { checkoutArgument, lineArgument, referenceArgument } from '../schema/cart-arguments.ts';
import { acceptPrices, changeLine } from './cart-lines.ts';
import type { LineChange } from './cart-lines.ts';
import { confirmCheckouts } from './confirmation.ts';
import type { ConfirmationTimes } from './confirmation.ts';
import { earlierOrder, placeOrder } from './place-order.ts';
import type { KeyedCheckout } from './place-order.ts';

type Context = ActorContext<CartState>;

export interface CartDependencies {
  readonly catalog: Catalog;
  readonly orders: Orders;
  readonly times: ConfirmationTimes;
  readonly log: Log;
}

/** One actor for each shopper. Prices come from the catalog with each request, never from a browser. */
export function cartActor({ catalog, orders, times, log }: CartDependencies) {
  /** The products of the cart, and of more ids, in one request. */
  const productsOf = ({ lines }: CartState, ...more: readonly string[]): Promise<readonly Product[]> =>
    catalog.products([...new Set([...lines.map(({ productId }) => productId), ...more])]);

  const viewOf = async (state: CartState): Promise<CartView> => cartView(state, await productsOf(state));

  return actor('cart', {
    state: emptyCart,
    methods: {
      view: (ctx): Promise<CartView> => viewOf(upgradeState(ctx.state)),

      async setLine(ctx, argument: LineChange): Promise<CartView> {
        const change = parse(lineArgument, argument);
        const state = upgradedState(ctx);
        return changeLine(state, change, await productsOf(state, change.productId));
      },

      async acceptPrices(ctx): Promise<CartView> {
        const state = upgradedState(ctx);
        return acceptPrices(state, await productsOf(state));
      },

      /** Turns the cart into an order. The same key with the same request gives the same order; with another request it is a 422. */
      async checkout(ctx, argument: KeyedCheckout): Promise<{ readonly orderId: string }> {
        const checkout = parse(checkoutArgument, argument, 'The checkout');
        const state = upgradedState(ctx);
        const earlier = earlierOrder(state, checkout);
        if (earlier !== undefined) return { orderId: earlier };
        const orderId = placeOrder(ctx, await viewOf(state), checkout, times);
        // Before the commit: a checkout that is repeated leaves another line.
        log.info({ event: 'checkout-placed', orderId }, 'a checkout was placed');
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

/** The state of this turn, ready to be changed. */
const upgradedState = (ctx: Context): CartState => (ctx.state = upgradeState(ctx.state));
