import { respondTo } from '../mock/mock-api.ts';
import { MockShop } from '../mock/mock-shop.ts';

/** What happens to the next request that begins with the prefix, such as `POST /api/checkout`. */
export type Failure =
  /** Processed, but no response arrives. */
  | 'lost'
  /** Not processed. */
  | 'unreached'
  | { readonly status: number; readonly body?: object; readonly retryAfter?: number };

interface Expectation {
  readonly prefix: string;
  readonly failure: Failure;
  times: number;
}

/** The storefront as `fetch`: the mock shop, whose responses can fail or be delayed back. */
export class TestServer {
  /** Delay between two changes of an order. */
  static readonly stepMs = 1_000;
  readonly shop = new MockShop({ stepMs: TestServer.stepMs });
  readonly #requests: { readonly line: string; readonly idempotencyKey: string }[] = [];
  #failures: Expectation[] = [];
  readonly #delays = new Map<string, PromiseWithResolvers<void>>();

  fail(prefix: string, failure: Failure, times = 1): void {
    this.#failures.push({ prefix, failure, times });
  }

  repair(): void {
    this.#failures = [];
  }

  /** Delays requests with this prefix until the returned function is called. */
  hold(prefix: string): () => void {
    const delayed = Promise.withResolvers<void>();
    this.#delays.set(prefix, delayed);
    return () => {
      this.#delays.delete(prefix);
      delayed.resolve();
    };
  }

  /** The requests with this prefix, as method and path. */
  requestsOf(prefix: string): readonly string[] {
    return this.#requests.flatMap(({ line }) => (line.startsWith(prefix) ? [line] : []));
  }

  /** Their idempotency keys. */
  keysOf(prefix: string): readonly string[] {
    return this.#requests.flatMap(({ line, idempotencyKey }) => (line.startsWith(prefix) ? [idempotencyKey] : []));
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input, 'http://shop.test');
    const method = init.method ?? 'GET';
    const line = `${method} ${url.pathname}${url.search}`;
    const idempotencyKey = new Headers(init.headers).get('idempotency-key') ?? '';
    this.#requests.push({ line, idempotencyKey });
    for (const [prefix, delayed] of this.#delays) if (line.startsWith(prefix)) await delayed.promise;
    init.signal?.throwIfAborted();
    const expectation = this.#failures.find((each) => line.startsWith(each.prefix) && each.times > 0);
    if (expectation !== undefined) expectation.times--;
    const failure = expectation?.failure;
    if (failure === 'unreached') throw new TypeError('Failed to fetch');
    if (typeof failure === 'object') {
      const headers: Record<string, string> =
        failure.retryAfter === undefined ? {} : { 'retry-after': String(failure.retryAfter) };
      return Response.json(failure.body ?? {}, { status: failure.status, headers });
    }
    const { status, body } = respondTo(this.shop, {
      method,
      url,
      body: typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {},
      idempotencyKey,
    });
    if (failure === 'lost') throw new TypeError('Failed to fetch');
    return Response.json(body, { status });
  };
}
