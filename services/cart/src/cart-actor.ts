import { actor } from '@outrigger/sdk/actors';
import type { ActorContext } from '@outrigger/sdk/actors';
import type { OrderRequest } from '@tidewater/contracts/events.ts';
import type { CartView, CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { badRequest, conflict, notFound } from '@tidewater/kit/problems.ts';
import { storeEvent } from '@tidewater/kit/store-events.ts';
import { cartView, maxLines } from './cart.ts';
import type { RememberedLine } from './cart.ts';
import type { Catalog } from './catalog.ts';
import { orderNumber } from './order-number.ts';

interface CartState {
  lines: RememberedLine[];
  /** The last checkouts, so that one that is repeated gives the same order. */
  checkouts: { key: string; orderId: string }[];
}

type Context = ActorContext<CartState>;

const rememberedCheckouts = 20;

/** One actor for each shopper. Prices come from the catalog at each look, never from a browser. */
export function cartActor(catalog: Catalog) {
  const look = async (ctx: Context): Promise<CartView> => {
    const products = await catalog.products(ctx.state.lines.map(({ productId }) => productId));
    return cartView(ctx.state.lines, products);
  };

  return actor('cart', {
    state: (): CartState => ({ lines: [], checkouts: [] }),
    methods: {
      view: look,

      /** 0 removes the line; 404 for an unknown product. A line keeps the price its shopper saw first. */
      async setLine(ctx, { productId, quantity }: { readonly productId: string; readonly quantity: number }) {
        const { lines } = ctx.state;
        const at = lines.findIndex((line) => line.productId === productId);
        const known = lines[at];
        if (quantity === 0) {
          if (known) lines.splice(at, 1);
        } else if (known) {
          lines[at] = { ...known, quantity };
        } else {
          if (lines.length >= maxLines) throw badRequest(`A cart holds ${maxLines} different things at most.`);
          const product = await catalog.product(productId);
          if (product === undefined) throw notFound(`There is no product ${productId}.`);
          lines.push({ productId, quantity, seen: product.price });
        }
        return look(ctx);
      },

      /** The shopper has seen the new prices and takes them. */
      async acceptPrices(ctx) {
        const view = await look(ctx);
        const now = new Map(view.lines.map(({ product }) => [product.id, product.price]));
        ctx.state.lines = ctx.state.lines.map((line) => ({ ...line, seen: now.get(line.productId) ?? line.seen }));
        return cartView(
          ctx.state.lines,
          view.lines.map(({ product }) => product),
        );
      },

      /**
       * Turns the cart into an order: in one turn the cart is emptied and the order told of. The same key gives the same
       * order. Refuses an empty cart with 400, and prices or a total other than those seen with 409 and the cart.
       */
      async checkout(ctx, { key, request }: { readonly key: string; readonly request: CheckoutRequest }) {
        const earlier = ctx.state.checkouts.find((checkout) => checkout.key === key);
        if (earlier) return { orderId: earlier.orderId };
        const cart = await look(ctx);
        expectSellable(cart, request);
        const orderId = orderNumber(ctx.chance);
        ctx.state.lines = [];
        ctx.state.checkouts = [...ctx.state.checkouts, { key, orderId }].slice(-rememberedCheckouts);
        ctx.publish(storeEvent('cart.checked-out', { order: orderRequest(ctx.id, orderId, cart, request) }));
        return { orderId };
      },
    },
    idleTimeout: '10m',
  });
}

function expectSellable(cart: CartView, { expectedTotal }: CheckoutRequest): void {
  if (cart.count === 0) throw badRequest('Your cart is empty. Put something in before you check out.');
  if (cart.pricesChanged) {
    const detail = 'A price changed since you put it in your cart. We charged nothing; look at the new prices first.';
    throw conflict('prices-changed', detail, { cart });
  }
  if (cart.total.amount !== expectedTotal.amount) {
    const detail = 'Your cart changed since you opened this page. We charged nothing; look at the new total first.';
    throw conflict('total-changed', detail, { cart });
  }
}

function orderRequest(shopperId: string, orderId: string, cart: CartView, request: CheckoutRequest): OrderRequest {
  const { contact, address, payment } = request;
  const lines = cart.lines.map(({ product, quantity, unitPrice }) => ({
    productId: product.id,
    name: product.name,
    quantity,
    unitPrice,
  }));
  return { orderId, shopperId, lines, contact, address, payment, delivery: cart.delivery, total: cart.total };
}
