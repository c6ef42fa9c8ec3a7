import type { Responder, RecordingTransport } from '@outrigger/sdk/testing';
import { recordingTransport } from '@outrigger/sdk/testing';
import type { Random, Transport } from '@outrigger/sdk';
import type { Events } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import type { CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { testContext } from '@tidewater/kit/testing.ts';
import { environment } from '@tidewater/kit/service-context.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import type { FastifyInstance } from 'fastify';
import type { InsideStore, StoredView } from './inside/inside-store.ts';
import { readSettings } from './settings/settings.ts';
import { storefrontParts } from './service.ts';

/** The other services, as `METHOD app/path` to their response. A missing row is an app that is unavailable. */
export type Services = Readonly<Record<string, (body: unknown) => Exclude<ReturnType<Responder>, undefined>>>;

export interface TestStorefront extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly transport: RecordingTransport;
  readonly store: MemoryStore;
  readonly context: ServiceContext;
  /** Apps that accept calls and do not respond. */
  readonly hanging: Set<string>;
  /** The calls that reached other services, as `METHOD app/path`. */
  calls(): readonly string[];
  /** Delivers an event as the sidecar does; resolves with the status that the sidecar gets. */
  deliver(topic: string, type: string, data: unknown, traceparent?: string): Promise<string>;
}

export interface TestStorefrontOptions {
  readonly services?: Services;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: ServiceContext['clock'];
  readonly random?: Random;
  readonly log?: ServiceContext['log'];
  readonly cardTokenTimeoutMs?: number;
}

/** A storefront whose sidecar is a table of responses, and whose database is a map. */
export function testStorefront(options: TestStorefrontOptions = {}): TestStorefront {
  const { services = {}, env = {}, clock, random, log, cardTokenTimeoutMs } = options;
  const calls: string[] = [];
  const hanging = new Set<string>();
  const recording = recordingTransport(({ method, path, body }) => {
    const [, app, rest] = /^\/v1\.0\/invoke\/([^/]+)\/method(.*)$/.exec(path) ?? [];
    const call = app === undefined ? `${method} ${path}` : `${method} ${app}${rest}`;
    calls.push(call);
    const service = services[call] ?? services[call.split('?')[0] ?? ''];
    if (service) return service(typeof body === 'string' ? JSON.parse(body) : undefined);
    return { status: 500, json: { errorCode: 'ERR_DIRECT_INVOKE', message: `${app} is unavailable` } };
  });
  const transport: Transport = {
    ...recording,
    send(request) {
      const [, app = ''] = /^\/v1\.0\/invoke\/([^/]+)\//.exec(request.path) ?? [];
      if (!hanging.has(app)) return recording.send(request);
      calls.push(`${request.method} ${app} hangs`);
      return new Promise((_resolve, reject) => {
        request.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    },
  };
  const variables = {
    PROVIDER_URL: 'http://127.0.0.1:1',
    PROVIDER_PUBLISHABLE_KEY: 'publishable',
    SESSION_SECRET: 'a secret for tests only',
    ...env,
  };
  const contextOverrides = { ...(clock && { clock }), ...(random && { random }), ...(log && { log }) };
  const context = testContext({ transport, env: environment(variables), ...contextOverrides });
  const store = memoryStore();
  const parts = storefrontParts(context, { settings: readSettings(context.env), store, cardTokenTimeoutMs });
  // The fakes of other services respond with parts of what the real ones do.
  const app = serviceApp(context, parts, { checksResponses: false });
  return {
    app,
    transport: recording,
    store,
    context,
    hanging,
    calls: () => calls,
    async deliver(topic, type, data, traceparent) {
      const event = { id: `${calls.length}`, type, source: 'test', topic, pubsubname: 'pubsub', data, traceparent };
      const token = variables as { readonly APP_API_TOKEN?: string };
      const response = await app.inject({
        method: 'POST',
        url: `/events/pubsub/${topic}`,
        headers: {
          'content-type': 'application/cloudevents+json',
          ...(token.APP_API_TOKEN && { 'dapr-api-token': token.APP_API_TOKEN }),
        },
        payload: JSON.stringify(event),
      });
      return response.json<{ status: string }>().status;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      for (const part of [...(parts.closing ?? [])].toReversed()) await part.close();
    },
  };
}

export interface MemoryStore extends InsideStore {
  readonly views: Map<string, StoredView>;
  /** Thrown by each call while it is set. */
  failing: Error | undefined;
}

function memoryStore(): MemoryStore {
  const views = new Map<string, StoredView>();
  const store: MemoryStore = {
    views,
    failing: undefined,
    async read(orderId) {
      if (store.failing) throw store.failing;
      return views.get(orderId);
    },
    async save(orderId, view) {
      if (store.failing) throw store.failing;
      views.set(orderId, view);
    },
    async prune() {},
    async ready() {
      if (store.failing) throw store.failing;
    },
  };
  return store;
}

export const problem = (status: number, members: Readonly<Record<string, unknown>> = {}) => ({
  status,
  json: { type: 'about:blank', title: 'Rejected', status, detail: 'Rejected for a reason.', ...members },
  headers: { 'content-type': 'application/problem+json' },
});

/** The `name=value` that a browser would send back. */
export function cookieOf(response: { readonly headers: Readonly<Record<string, unknown>> }): string {
  const header = response.headers['set-cookie'];
  const first: unknown = Array.isArray(header) ? header[0] : header;
  return String(first).split(';')[0] ?? '';
}

/** The shopper's id in a cookie of `cookieOf`. */
export const shopperIn = (cookie: string): string => /=([\w-]+)~/.exec(cookie)?.[1] ?? '';

export const goodCheckout: CheckoutRequest = {
  contact: { name: 'Ann', email: 'ann@example.test' },
  address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
  payment: { token: 'tok_1' },
  expectedTotal: eur(100),
  cartVersion: 1,
};

/** What the order service publishes of a change. */
export const orderChanged = (changes: Partial<Events['order.changed']> = {}): Events['order.changed'] => ({
  orderId: 'TW-1',
  shopperId: 'guest-1',
  version: 1,
  status: 'submitted',
  at: '2026-01-01T12:00:00.000Z',
  ...changes,
});

/** What the order service returns of an order. */
export const orderDetails = (changes: Partial<OrderDetails> = {}): OrderDetails => ({
  orderId: 'TW-1',
  status: 'submitted',
  placedAt: '2026-01-01T12:00:00.000Z',
  total: eur(100),
  itemCount: 1,
  version: 1,
  lines: [{ productId: 'rope', name: 'Rope', quantity: 1, unitPrice: eur(100) }],
  delivery: eur(0),
  contact: goodCheckout.contact,
  address: goodCheckout.address,
  payment: {},
  steps: [{ version: 1, status: 'submitted', at: '2026-01-01T12:00:00.000Z', triggeredBy: 'cart', input: 'submit' }],
  canCancel: true,
  isSettled: false,
  ...changes,
});
