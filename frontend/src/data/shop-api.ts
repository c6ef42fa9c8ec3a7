import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type {
  CardDetails,
  CardToken,
  CartView,
  CheckoutRequest,
  HomePage,
  InsideView,
  OrderSummary,
  OrderView,
  Problem,
  ProductView,
} from '@tidewater/contracts/storefront.ts';
import { ProblemError, noResponseError } from './problem-error.ts';
import { problemText, retryAfterOf } from './problem-text.ts';
import { problems as problemsMessages } from '../messages/en/problems.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(problemsMessages);

/** Reads are retried; a change gets more time, because its outcome matters. */
const readTimeoutMs = 10_000;
const changeTimeoutMs = 20_000;

interface RequestOptions {
  readonly method?: 'GET' | 'PUT' | 'POST';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Typed client of the storefront. Every method throws ProblemError, or the signal's reason when the caller aborted. */
export class ShopApi {
  readonly #fetch: typeof fetch;
  /** The request that is sent alone, until there has been a response; see `#send`. */
  #firstRequest: Promise<unknown> | undefined;
  #hasResponded = false;
  readonly #firstResponse = Promise.withResolvers<void>();

  constructor(fetchFrom: typeof fetch) {
    this.#fetch = fetchFrom;
  }

  readonly home = (signal?: AbortSignal): Promise<HomePage> => this.#send('/api/home', { signal });

  /** `search` is the query string of the shop page; the storefront uses the same parameter names. */
  readonly products = (search: string, signal?: AbortSignal): Promise<ProductPage> =>
    this.#send(search === '' ? '/api/products' : `/api/products?${search}`, { signal });

  readonly product = (id: string, signal?: AbortSignal): Promise<ProductView> =>
    this.#send(`/api/products/${encodeURIComponent(id)}`, { signal });

  readonly cart = (signal?: AbortSignal): Promise<CartView> => this.#send('/api/cart', { signal });

  readonly setQuantity = (productId: string, quantity: number): Promise<CartView> =>
    this.#send(`/api/cart/lines/${encodeURIComponent(productId)}`, { method: 'PUT', body: { quantity } });

  readonly acceptPrices = (): Promise<CartView> => this.#send('/api/cart/prices', { method: 'POST' });

  /** Card data is sent to the payment provider only; the returned token is valid for this shopper only. */
  readonly tokenize = (card: CardDetails, idempotencyKey: string): Promise<CardToken> =>
    this.#send('/provider/tokens', { method: 'POST', body: card, headers: { 'idempotency-key': idempotencyKey } });

  readonly checkOut = (request: CheckoutRequest, idempotencyKey: string): Promise<{ readonly orderId: string }> =>
    this.#send('/api/checkout', { method: 'POST', body: request, headers: { 'idempotency-key': idempotencyKey } });

  /** The order that a checkout with this key created, or that replaced an order number; 404 when there is none. */
  readonly placedOrder = (key: string, signal?: AbortSignal): Promise<{ readonly orderId: string }> =>
    this.#send(`/api/checkouts/${encodeURIComponent(key)}`, { signal });

  readonly orders = (signal?: AbortSignal): Promise<readonly OrderSummary[]> => this.#send('/api/orders', { signal });

  readonly order = (id: string, signal?: AbortSignal): Promise<OrderView> =>
    this.#send(`/api/orders/${encodeURIComponent(id)}`, { signal });

  readonly cancelOrder = (id: string): Promise<OrderView> =>
    this.#send(`/api/orders/${encodeURIComponent(id)}/cancel`, { method: 'POST' });

  readonly inside = (id: string, signal?: AbortSignal): Promise<InsideView> =>
    this.#send(`/api/orders/${encodeURIComponent(id)}/inside`, { signal });

  /** Resolves after the first response, successful or not. */
  firstResponse(): Promise<void> {
    return this.#firstResponse.promise;
  }

  /**
   * The first response sets the session cookie. Parallel requests before it would each create a session, so they wait
   * for the first one; when that fails without a response, the next one takes its role.
   */
  async #send<T>(path: string, options: RequestOptions): Promise<T> {
    while (!this.#hasResponded && this.#firstRequest !== undefined) await this.#firstRequest.catch(() => undefined);
    options.signal?.throwIfAborted();
    if (this.#hasResponded) return this.#fetchJson<T>(path, options);
    const first = this.#fetchJson<T>(path, options);
    this.#firstRequest = first;
    try {
      const body = await first;
      this.#markResponded();
      return body;
    } catch (error) {
      if (error instanceof ProblemError && !error.hasNoResponse) this.#markResponded();
      else this.#firstRequest = undefined;
      throw error;
    }
  }

  get hasResponded(): boolean {
    return this.#hasResponded;
  }

  #markResponded(): void {
    this.#hasResponded = true;
    this.#firstResponse.resolve();
  }

  async #fetchJson<T>(path: string, { method = 'GET', body, headers, signal }: RequestOptions): Promise<T> {
    const timeout = AbortSignal.timeout(method === 'GET' ? readTimeoutMs : changeTimeoutMs);
    let response: Response;
    try {
      response = await this.#fetch(path, {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      if (response.ok) return await response.json();
    } catch (cause) {
      signal?.throwIfAborted();
      throw noResponseError(cause, globalThis.navigator?.onLine ?? true);
    }
    const retryAfterSeconds = retryAfterOf(response.headers.get('retry-after'), Date.now());
    throw new ProblemError(problemText(await readProblem(response), retryAfterSeconds), { retryAfterSeconds });
  }
}

/** A proxy may respond with HTML; then only the status is known. */
const readProblem = async (response: Response): Promise<Problem> => {
  const fallback: Problem = {
    type: 'about:blank',
    title: response.status >= 500 ? text('shop-api.the-shop-is-out') : text('shop-api.the-shop-did-not'),
    status: response.status,
    detail:
      response.status >= 500
        ? text('shop-api.a-part-of-the')
        : text('shop-api.the-shop-answered-with', { status: response.status }),
  };
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? { ...fallback, ...body, status: response.status } : fallback;
  } catch {
    return fallback;
  }
};
