import type { DaprClient, Invocation } from '@outrigger/sdk';
import { DaprError, ProblemError } from '@outrigger/sdk';
import type { Product, ProductPage } from '@tidewater/contracts/catalog.ts';
import type { CartView, HomePage, OrderSummary, OrderView } from '@tidewater/contracts/storefront.ts';
import { unavailable } from '@tidewater/kit/problems.ts';

/** The other services as the pages need them. Their refusals are thrown as they came; 503 when one is away. */
export interface ShopServices {
  home(): Promise<HomePage>;
  products(search: string): Promise<ProductPage>;
  product(id: string): Promise<Product>;
  related(id: string): Promise<readonly Product[]>;
  cart(shopper: string): Promise<CartView>;
  setLine(shopper: string, productId: string, body: unknown): Promise<CartView>;
  acceptPrices(shopper: string): Promise<CartView>;
  checkOut(shopper: string, body: unknown, idempotencyKey: string | undefined): Promise<{ readonly orderId: string }>;
  orders(shopper: string): Promise<readonly OrderSummary[]>;
  /** At least at `version`. */
  order(shopper: string, orderId: string, version?: number): Promise<OrderView>;
  cancel(shopper: string, orderId: string): Promise<OrderView>;
}

/** A page that waits longer than this is a broken page. */
const pageMs = 8_000;
/** A checkout goes on behind a timeout; it gets more time to say so. */
const checkoutMs = 15_000;

const away = {
  catalog: 'The shelves are out of sight for a moment. Try again shortly; your cart is safe.',
  cart: 'We cannot reach your cart just now. Nothing in it is lost; try again in a moment.',
  order: 'We cannot reach the order book just now. Your orders go on without it; try again in a moment.',
} as const;

export function shopServices(client: DaprClient): ShopServices {
  const call = async <T>(app: keyof typeof away, invocation: Omit<Invocation, 'app'>): Promise<T> => {
    try {
      return await client.invoke<T>({ timeoutMs: pageMs, ...invocation, app });
    } catch (cause) {
      if (cause instanceof ProblemError && cause.status < 500) throw cause;
      if (cause instanceof DaprError) throw Object.assign(unavailable(away[app]), { cause });
      throw cause;
    }
  };
  const part = encodeURIComponent;
  const shopperQuery = (shopper: string): string => `?shopper=${part(shopper)}`;
  return {
    home: () => call('catalog', { path: '/home' }),
    products: (search) => call('catalog', { path: search === '' ? '/products' : `/products?${search}` }),
    product: (id) => call('catalog', { path: `/products/${part(id)}` }),
    related: (id) => call('catalog', { path: `/products/${part(id)}/related` }),
    cart: (shopper) => call('cart', { path: `/carts/${part(shopper)}` }),
    setLine: (shopper, productId, json) =>
      call('cart', { method: 'PUT', path: `/carts/${part(shopper)}/lines/${part(productId)}`, json }),
    acceptPrices: (shopper) => call('cart', { method: 'POST', path: `/carts/${part(shopper)}/prices` }),
    checkOut(shopper, json, idempotencyKey) {
      const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      const path = `/carts/${part(shopper)}/checkout`;
      return call('cart', { method: 'POST', path, json, headers, timeoutMs: checkoutMs });
    },
    orders: (shopper) => call('order', { path: `/orders${shopperQuery(shopper)}` }),
    order(shopper, orderId, version) {
      const atLeast = version === undefined ? '' : `&version=${version}`;
      return call('order', { path: `/orders/${part(orderId)}${shopperQuery(shopper)}${atLeast}` });
    },
    cancel: (shopper, orderId) =>
      call('order', { method: 'POST', path: `/orders/${part(orderId)}/cancel${shopperQuery(shopper)}` }),
  };
}
