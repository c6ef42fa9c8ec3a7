import type { Clock, DaprClient, Invocation, QueryValue } from '@outrigger/sdk';
import { DaprError, ProblemError } from '@outrigger/sdk';
import type { Product, ProductPage } from '@tidewater/contracts/catalog.ts';
import { orderView } from '@tidewater/contracts/order-view.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import type { CartView, CheckoutRequest, HomePage, OrderSummary, OrderView } from '@tidewater/contracts/storefront.ts';
import { circuitBreaker, CircuitOpenError } from '@tidewater/kit/circuit-breaker.ts';
import type { CircuitBreaker } from '@tidewater/kit/circuit-breaker.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { unavailable } from '@tidewater/kit/problems.ts';

/** Pattern: backend for frontend. The other services as the pages need them. Their problems are rethrown; 503 when one is unavailable. */
export interface ShopServices {
  home(): Promise<HomePage>;
  products(query: Readonly<Record<string, QueryValue>>): Promise<ProductPage>;
  product(id: string): Promise<Product>;
  related(id: string): Promise<readonly Product[]>;
  cart(shopper: string): Promise<CartView>;
  setLine(shopper: string, productId: string, body: { readonly quantity: number }): Promise<CartView>;
  acceptPrices(shopper: string): Promise<CartView>;
  checkOut(shopper: string, body: CheckoutRequest, idempotencyKey: string): Promise<{ readonly orderId: string }>;
  /** By idempotency key or order number; 404 when this shopper has no such checkout. */
  checkout(shopper: string, reference: string, until?: number): Promise<StoredCheckout>;
  orders(shopper: string): Promise<readonly OrderSummary[]>;
  order(shopper: string, orderId: string, read?: OrderRead): Promise<OrderView>;
  /** The same without texts. */
  orderDetails(shopper: string, orderId: string, read?: OrderRead): Promise<OrderDetails>;
  cancel(shopper: string, orderId: string): Promise<OrderView>;
  /** The time limit, as a timestamp, of a page that starts to load now. */
  deadline(): number;
}

export interface OrderRead {
  /** At least at this version. */
  readonly version?: number;
  /** A deadline that several reads share. */
  readonly until?: number;
}

/** A checkout as the cart stores it, until the order service has the order and after. */
export interface StoredCheckout {
  readonly orderId: string;
  readonly state: 'pending' | 'placed' | 'abandoned';
  /** While the order is on its way. */
  readonly request?: Pick<OrderView, 'lines' | 'total' | 'delivery' | 'contact' | 'address' | 'placedAt'>;
}

/** Time limit of a page. */
const readMs = 1_800;
const changeMs = 8_000;
/** A checkout continues after a timeout; it has more time to respond. */
const checkoutMs = 15_000;

const unavailableTexts = {
  catalog: 'The shelves are out of sight for a moment. Try again shortly; your cart is safe.',
  cart: 'We cannot reach your cart just now. Nothing in it is lost; try again in a moment.',
  order: 'We cannot reach the order book just now. Your orders go on without it; try again in a moment.',
} as const;

type App = keyof typeof unavailableTexts;

type Call = Omit<Invocation, 'app' | 'timeoutMs' | 'signal'> & {
  readonly limitMs?: number;
  readonly until?: number | undefined;
};

export interface ShopServicesOptions {
  readonly client: DaprClient;
  readonly clock: Clock;
  readonly log: Log;
}

export function shopServices({ client, clock, log }: ShopServicesOptions): ShopServices {
  const breakerOf = (app: App): CircuitBreaker =>
    circuitBreaker({
      clock,
      failures: 5,
      openMs: 5_000,
      isFailure: isUnavailable,
      onChange: (isOpen) =>
        isOpen
          ? log.warn(
              { event: 'circuit-open', callee: app },
              'a service does not respond, it is not called for a moment',
            )
          : log.info({ event: 'circuit-closed', callee: app }, 'a service responds again'),
    });
  const breakers: Readonly<Record<App, CircuitBreaker>> = {
    catalog: breakerOf('catalog'),
    cart: breakerOf('cart'),
    order: breakerOf('order'),
  };

  const call = async <T>(app: App, { limitMs, until = Infinity, ...invocation }: Call): Promise<T> => {
    const effectiveLimitMs = limitMs ?? (invocation.method === undefined ? readMs : changeMs);
    const timeoutMs = Math.max(1, Math.min(effectiveLimitMs, until - clock.now()));
    try {
      return await breakers[app].run(() => withTimeout<T>(client, clock, { ...invocation, app, timeoutMs }));
    } catch (cause) {
      if (cause instanceof ProblemError && cause.status < 500) throw cause;
      if (cause instanceof DaprError || cause instanceof CircuitOpenError)
        throw Object.assign(unavailable(unavailableTexts[app]), { cause });
      throw cause;
    }
  };

  const orderDetails: ShopServices['orderDetails'] = (shopper, orderId, { version, until } = {}) =>
    call('order', { path: ['orders', orderId], query: { shopper, version }, until });

  return {
    home: () => call('catalog', { path: ['home'] }),
    products: (query) => call('catalog', { path: ['products'], query }),
    product: (id) => call('catalog', { path: ['products', id] }),
    related: (id) => call('catalog', { path: ['products', id, 'related'] }),
    cart: (shopper) => call('cart', { path: ['carts', shopper] }),
    setLine: (shopper, productId, json) =>
      call('cart', { method: 'PUT', path: ['carts', shopper, 'lines', productId], json }),
    acceptPrices: (shopper) => call('cart', { method: 'POST', path: ['carts', shopper, 'prices'] }),
    checkOut: (shopper, json, key) =>
      call('cart', {
        method: 'POST',
        path: ['carts', shopper, 'checkout'],
        json,
        headers: { 'idempotency-key': key },
        limitMs: checkoutMs,
      }),
    checkout: (shopper, reference, until) => call('cart', { path: ['carts', shopper, 'checkouts', reference], until }),
    orders: (shopper) => call('order', { path: ['orders'], query: { shopper } }),
    order: async (shopper, orderId, read) => orderView(await orderDetails(shopper, orderId, read)),
    orderDetails,
    async cancel(shopper, orderId) {
      const path = ['orders', orderId, 'cancel'];
      return orderView(await call<OrderDetails>('order', { method: 'POST', path, query: { shopper } }));
    },
    deadline: () => clock.now() + readMs,
  };
}

/** The client's own limit is for each part of a response; this one is for all of it. */
async function withTimeout<T>(
  client: DaprClient,
  clock: Clock,
  invocation: Invocation & { readonly timeoutMs: number },
): Promise<T> {
  const { app, timeoutMs } = invocation;
  const controller = new AbortController();
  const cancel = clock.after(timeoutMs, () =>
    controller.abort(new DaprError(504, 'ERR_TIMEOUT', `${app} did not respond within ${timeoutMs} ms`)),
  );
  try {
    return await client.invoke<T>({ ...invocation, signal: controller.signal });
  } finally {
    cancel();
  }
}

/** No response, or 502 to 504. A service that responds with 500 is available. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof ProblemError ? error.status > 500 : error instanceof DaprError;
