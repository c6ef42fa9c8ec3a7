import { randomUUID } from 'node:crypto';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { CardToken, CartView, CheckoutRequest, OrderView, Problem } from '@tidewater/contracts/storefront.ts';
import { eventually } from './store.ts';

export interface ApiResponse<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** A client with a cookie jar, for tests of the API. */
export class Shopper {
  readonly #url: string;
  #cookie = '';

  constructor(url: string) {
    this.#url = url;
  }

  /** `name=value` as the next request sends it; empty before the first response. */
  get cookie(): string {
    return this.#cookie;
  }

  async request<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiResponse<T>> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(this.#cookie && { cookie: this.#cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
    if (cookie) this.#cookie = cookie;
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text && response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as T,
    };
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.request<T>('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  async put(productId: string, quantity: number): Promise<CartView> {
    const { status, body } = await this.request<CartView>('PUT', `/api/cart/lines/${productId}`, { quantity });
    if (status !== 200) throw new Error(`adding ${productId}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  async token(number: string = testCards.approved): Promise<CardToken> {
    const { status, body } = await this.request<CardToken>('POST', '/provider/tokens', {
      number,
      expiry: '12/39',
      cvc: '123',
    });
    if (status !== 200 && status !== 201) throw new Error(`card: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** The request that the page would send to buy the current cart. */
  async checkoutRequest(card: string = testCards.approved): Promise<CheckoutRequest> {
    const cart = await this.get<CartView>('/api/cart');
    const { token } = await this.token(card);
    return {
      contact: { name: 'Ada Tern', email: 'ada@example.org' },
      address: { street: 'Harbour Lane 4', postcode: '26723', city: 'Emden', country: 'DE' },
      payment: { token },
      expectedTotal: cart.total,
      cartVersion: cart.version,
    };
  }

  async checkout(
    card: string = testCards.approved,
    key: string = randomUUID(),
  ): Promise<ApiResponse<{ orderId: string } & Problem>> {
    return this.request('POST', '/api/checkout', await this.checkoutRequest(card), { 'idempotency-key': key });
  }

  /** Puts one product into the cart and orders it. Returns the order's id. */
  async buy(productId: string, options: { quantity?: number; card?: string } = {}): Promise<string> {
    await this.put(productId, options.quantity ?? 1);
    const { status, body } = await this.checkout(options.card);
    if (status !== 202) throw new Error(`checkout: ${status} ${JSON.stringify(body)}`);
    return body.orderId;
  }

  order(orderId: string): Promise<OrderView> {
    return this.get<OrderView>(`/api/orders/${orderId}`);
  }

  reaches(orderId: string, status: OrderStatus, limitMs = 45_000): Promise<OrderView> {
    return eventually(
      `order ${orderId} becoming ${status}`,
      () => this.order(orderId),
      (order) => order.status === status,
      limitMs,
    );
  }

  /** Waits until the order has passed the status, whatever it is now. */
  passes(orderId: string, status: OrderStatus, limitMs = 45_000): Promise<OrderView> {
    return eventually(
      `order ${orderId} passing ${status}`,
      () => this.order(orderId),
      (order) => order.steps.some((step) => step.status === status),
      limitMs,
    );
  }
}
