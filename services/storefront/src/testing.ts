import type { Answer, RecordingTransport } from '@outrigger/sdk/testing';
import { recordingTransport } from '@outrigger/sdk/testing';
import { serviceApp } from '@tidewater/kit/service.ts';
import { testWorld } from '@tidewater/kit/testing.ts';
import { environment } from '@tidewater/kit/world.ts';
import type { World } from '@tidewater/kit/world.ts';
import type { FastifyInstance } from 'fastify';
import { storefront } from './storefront.ts';

/** The other services, as `METHOD app/path` to what they answer. A missing row is an app that is away. */
export type Services = Readonly<Record<string, (body: unknown) => Exclude<ReturnType<Answer>, undefined>>>;

export interface TestStorefront extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly transport: RecordingTransport;
  /** The calls that reached other services, as `METHOD app/path`. */
  calls(): readonly string[];
  /** Delivers an event as the sidecar does. */
  deliver(topic: string, type: string, data: unknown, traceparent?: string): Promise<void>;
}

export interface TestStorefrontOptions {
  readonly services?: Services;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: World['clock'];
}

/** A storefront whose sidecar is a table of answers. */
export function testStorefront(options: TestStorefrontOptions = {}): TestStorefront {
  const { services = {}, env = {}, clock } = options;
  const calls: string[] = [];
  const transport = recordingTransport(({ method, path, body }) => {
    const [, app, rest] = /^\/v1\.0\/invoke\/([^/]+)\/method(.*)$/.exec(path) ?? [];
    const call = app === undefined ? `${method} ${path}` : `${method} ${app}${rest}`;
    calls.push(call);
    const service = services[call] ?? services[call.split('?')[0] ?? ''];
    if (service) return service(typeof body === 'string' ? JSON.parse(body) : undefined);
    return { status: 500, json: { errorCode: 'ERR_DIRECT_INVOKE', message: `${app} is away` } };
  });
  const variables = { PROVIDER_URL: 'http://127.0.0.1:1', SESSION_SECRET: 'a secret for tests only', ...env };
  const world = testWorld({ transport, env: environment(variables), ...(clock && { clock }) });
  const parts = storefront(world);
  const app = serviceApp(world, parts);
  return {
    app,
    transport,
    calls: () => calls,
    async deliver(topic, type, data, traceparent) {
      const event = { id: `${calls.length}`, type, source: 'test', topic, pubsubname: 'pubsub', data, traceparent };
      await app.inject({
        method: 'POST',
        url: `/events/pubsub/${topic}`,
        headers: { 'content-type': 'application/cloudevents+json' },
        payload: JSON.stringify(event),
      });
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      for (const part of parts.closing ?? []) await part.close();
    },
  };
}

export const problem = (status: number, more: Readonly<Record<string, unknown>> = {}) => ({
  status,
  json: { type: 'about:blank', title: 'Refused', status, detail: 'Refused for a reason.', ...more },
  headers: { 'content-type': 'application/problem+json' },
});

/** The `name=value` that a browser would send back. */
export function cookieOf(answer: { readonly headers: Readonly<Record<string, unknown>> }): string {
  const header = answer.headers['set-cookie'];
  const first: unknown = Array.isArray(header) ? header[0] : header;
  return String(first).split(';')[0] ?? '';
}
