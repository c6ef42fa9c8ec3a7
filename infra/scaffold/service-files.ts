import type { ServiceName } from './service-name.ts';

/**
 * The files of a new service, by path from the repository's root: a projection of the orders in the state store of its
 * sidecar, one subscription, one route, and their tests. They are a start that passes every check.
 */
export function serviceFiles(name: ServiceName): Readonly<Record<string, string>> {
  const source = `services/${name.app}/src`;
  return {
    [`services/${name.app}/package.json`]: manifest(name),
    [`services/${name.app}/README.md`]: readme(name),
    [`${source}/main.ts`]: main(name),
    [`${source}/service.ts`]: service(name),
    [`${source}/order-records.ts`]: records,
    [`${source}/order-subscription.ts`]: subscription(name),
    [`${source}/order-subscription.test.ts`]: subscriptionTest,
    [`${source}/routes.ts`]: routes(name),
    [`${source}/routes.test.ts`]: routesTest(name),
  };
}

const manifest = ({ app }: ServiceName): string => `{
  "name": "@tidewater/${app}",
  "version": "0.1.0",
  "private": true,
  "description": "The last status of every order, by order number",
  "type": "module",
  "exports": {},
  "dependencies": {
    "@outrigger/sdk": "0.1.0",
    "@tidewater/contracts": "0.1.0",
    "@tidewater/kit": "0.1.0",
    "fastify": "5.12.8",
    "typebox": "1.4.3"
  }
}
`;

const readme = ({ app }: ServiceName): string => `# ${app}

Stores the last status of every order in its state store (component \`statestore\`). Subscribes to \`orders\`.

| request | response |
| --- | --- |
| GET \`/${app}/{orderId}\` | \`{orderId, status, version, at}\`; 404 unknown order |

The route is for the service's own sidecar: other services call it by service invocation.

**Guarantees.** Events may arrive late, repeated or out of order: a record is replaced only by a later version, and two
deliveries at once do not overwrite each other (etag).
`;

const main = ({ app, identifier }: ServiceName): string => `import { startService } from '@tidewater/kit/service.ts';
import { ${identifier}Service } from './service.ts';

void startService({ name: '${app}', build: ${identifier}Service });
`;

const service = ({
  app,
  identifier,
}: ServiceName): string => `import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { orderRecords } from './order-records.ts';
import { orderSubscription } from './order-subscription.ts';
import { ${identifier}Routes } from './routes.ts';

/** Composes the ${app} service. */
export function ${identifier}Service({ client, log }: ServiceContext): ServiceParts {
  const records = orderRecords(client.state('statestore'));
  return { subscriptions: [orderSubscription(records, log)], routes: ${identifier}Routes(records) };
}
`;

const records = `import type { StateClient } from '@outrigger/sdk';

/** What this service stores about an order. */
export interface OrderRecord {
  readonly orderId: string;
  readonly status: string;
  /** Of the order; 1 is its first change. */
  readonly version: number;
  /** ISO 8601. */
  readonly at: string;
}

export interface OrderRecords {
  read(orderId: string): Promise<OrderRecord | undefined>;
  /** False when the stored record is as new or newer: repeated and late events change nothing. */
  save(record: OrderRecord): Promise<boolean>;
}

/** Two deliveries of one order may write at once; more than a few conflicts in a row are an error. */
const maxAttempts = 5;

export function orderRecords(state: StateClient): OrderRecords {
  return {
    read: async (orderId) => (await state.get<OrderRecord>(orderId))?.value,
    async save(record) {
      const { orderId } = record;
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const stored = await state.get<OrderRecord>(orderId);
        if (stored && stored.value.version >= record.version) return false;
        if (await (stored ? state.update(orderId, record, stored.etag) : state.create(orderId, record))) return true;
      }
      throw new Error(\`order \${orderId} was written by others \${maxAttempts} times in a row\`);
    },
  };
}
`;

const subscription = ({ app }: ServiceName): string => `import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { OrderRecords } from './order-records.ts';

/** Pattern: projection. Stores the last status of every order. */
export function orderSubscription(records: OrderRecords, log: Log): Subscription {
  return storeSubscription('${app}', topics.orders, {
    'order.changed': async ({ id: eventId, data: { orderId, status, version, at } }) => {
      const isNew = await records.save({ orderId, status, version, at });
      if (isNew) log.info({ event: 'order-recorded', orderId, eventId, version }, 'order recorded');
    },
  });
}
`;

const subscriptionTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingTransport } from '@outrigger/sdk/testing';
import { testContext } from '@tidewater/kit/testing.ts';
import { orderRecords, type OrderRecord } from './order-records.ts';

/** A sidecar with one record, whose etag counts its writes. \`lost\` writes meet a stale etag. */
function fixture(lost = 0) {
  const stored: { record?: OrderRecord; etag: number; lost: number } = { etag: 0, lost };
  const transport = recordingTransport(({ method, body }) => {
    if (method === 'GET')
      return stored.record && { status: 200, json: stored.record, headers: { etag: String(stored.etag) } };
    if (stored.lost-- > 0) return { status: 409, json: { errorCode: 'ERR_STATE_SAVE', message: 'etag mismatch' } };
    const [item] = JSON.parse(String(body)) as { value: OrderRecord }[];
    stored.record = item?.value;
    stored.etag += 1;
    return undefined;
  });
  return { stored, records: orderRecords(testContext({ transport }).client.state('statestore')) };
}

const record = (version: number): OrderRecord => ({
  orderId: 'TW-22222222',
  status: version === 1 ? 'submitted' : 'delivered',
  version,
  at: '2026-01-01T00:00:00.000Z',
});

test('order records: the last version is stored, whatever the order of its events', async () => {
  const { stored, records } = fixture();
  assert.deepEqual(await Promise.all([records.read('TW-22222222')]), [undefined]);
  assert.equal(await records.save(record(2)), true);
  assert.equal(await records.save(record(1)), false);
  assert.equal(await records.save(record(2)), false);
  assert.deepEqual([stored.record, stored.etag], [record(2), 1]);
});

test('order records: a write that meets a stale etag is retried, a few times', async () => {
  const { stored, records } = fixture(2);
  assert.equal(await records.save(record(1)), true);
  assert.deepEqual(stored.record, record(1));
  await assert.rejects(fixture(9).records.save(record(1)), /written by others 5 times/);
});
`;

const routes = ({ app, identifier }: ServiceName): string => `import type { FastifyInstance } from 'fastify';
import { object } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { notFound } from '@tidewater/kit/problems.ts';
import type { OrderRecord, OrderRecords } from './order-records.ts';

const params = object({ orderId: id });

interface RecordRequest {
  readonly Params: { readonly orderId: string };
}

/** See README.md for the responses. */
export function ${identifier}Routes(records: OrderRecords): (app: FastifyInstance) => void {
  return (app) => {
    app.get<RecordRequest>('/${app}/:orderId', { schema: { params } }, async (request): Promise<OrderRecord> => {
      const record = await records.read(request.params.orderId);
      if (!record) throw notFound(\`There is no order \${request.params.orderId}.\`);
      return record;
    });
  };
}
`;

const routesTest = ({ app, identifier }: ServiceName): string => `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceApp } from '@tidewater/kit/service.ts';
import { testContext } from '@tidewater/kit/testing.ts';
import { ${identifier}Routes } from './routes.ts';

const record = { orderId: 'TW-22222222', status: 'delivered', version: 8, at: '2026-01-01T00:00:00.000Z' };
const app = serviceApp(testContext(), {
  routes: ${identifier}Routes({
    read: async (orderId) => (orderId === record.orderId ? record : undefined),
    save: async () => true,
  }),
});

test('GET /${app}/:orderId: the record of an order; 404 for an unknown one, 400 for an invalid number', async () => {
  const known = await app.inject('/${app}/TW-22222222');
  assert.deepEqual([known.statusCode, known.json()], [200, record]);
  assert.equal((await app.inject('/${app}/TW-33333333')).statusCode, 404);
  assert.equal((await app.inject('/${app}/a%2Fb')).statusCode, 400);
});
`;
