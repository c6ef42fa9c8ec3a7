import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { Broker, OutgoingMessage } from '#blocks/pubsub/broker.ts';
import { pubsubBlock } from '#blocks/pubsub/pubsub.ts';
import { publishRoutes } from './publish.routes.ts';
import { appWithRoutes } from './routes-app.testing.ts';

function openApi() {
  const published: OutgoingMessage[] = [];
  const port: Broker = {
    features: [],
    publish(_call, message) {
      if (message.metadata.fail) return Promise.reject(new Error('no space left – full'));
      published.push(message);
      return Promise.resolve();
    },
    subscribe: () => Promise.reject(new Error('not here')),
    close: () => Promise.resolve(),
  };
  const brokers = new Map([['pubsub', { name: 'pubsub', type: '', version: 'v1', metadata: {}, port }]]);
  const dependencies = { recorder: silentRecorder, clock: fakeClock(), random: seededRandom(), log: silentLog };
  const pubsub = pubsubBlock({ ...dependencies, appId: 'shop', namespace: 'default', brokers });
  const app = appWithRoutes((scope) => publishRoutes(scope, pubsub));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ errorCode: 'ERR_DIRECT_INVOKE' }));
  return {
    published,
    event: (i = 0) => JSON.parse(Buffer.from(published[i]?.data ?? []).toString()) as Record<string, unknown>,
    async send(path: string, body: unknown, contentType?: string, method: 'POST' | 'PUT' = 'POST') {
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      const headers = contentType === undefined ? {} : { 'content-type': contentType };
      return app.inject({ method, url: path, payload, headers });
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}

test('publish: 204 for POST and PUT, and topics may contain slashes', async () => {
  await using app = openApi();
  const first = await app.send(
    '/v1.0/publish/pubsub/orders/east?metadata.ttlInSeconds=5&metadata.a=b',
    '{"n":1}',
    'application/json',
  );
  const second = await app.send('/v1.0/publish/pubsub/orders', 'hello', 'text/plain', 'PUT');
  assert.deepEqual([first.statusCode, first.body, second.statusCode], [204, '', 204]);
  assert.equal(app.published[0]?.topic, 'orders/east');
  assert.deepEqual(app.published[0]?.metadata, { ttlInSeconds: '5', a: 'b' });
  assert.deepEqual([app.event(0).data, app.event(1).data], [{ n: 1 }, 'hello']);
});

test('publish: without a content type the data is text', async () => {
  await using app = openApi();
  await app.send('/v1.0/publish/pubsub/orders', 'hello');
  assert.equal(app.event().datacontenttype, 'text/plain');
});

test('publish: a missing topic is not a publish, a missing pubsub is 404 with details', async () => {
  await using app = openApi();
  assert.equal((await app.send('/v1.0/publish/pubsub/', 'x')).json().errorCode, 'ERR_DIRECT_INVOKE');
  const missing = await app.send('/v1.0/publish/nope/orders', 'x');
  assert.deepEqual(
    [missing.statusCode, missing.json()],
    [
      404,
      {
        errorCode: 'ERR_PUBSUB_NOT_FOUND',
        message: 'pubsub nope is not found',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'DAPR_PUBSUB_NOT_FOUND',
            domain: 'dapr.io',
            metadata: {},
          },
        ],
      },
    ],
  );
});

test('bulk publish: each event is read by its content type', async () => {
  await using app = openApi();
  const body = [
    { entryId: '1', event: { a: 1 }, contentType: 'application/json' },
    { entryId: '2', event: 'text', contentType: 'text/plain', metadata: { x: 'y' } },
    { entryId: '3', event: 'aGVsbG8=', contentType: 'application/octet-stream' },
    { entryId: '4', event: '<a/>', contentType: 'application/xml' },
  ];
  for (const version of ['v1.0', 'v1.0-alpha1']) {
    const response = await app.send(`/${version}/publish/bulk/pubsub/orders?metadata.z=1`, body);
    assert.deepEqual([response.statusCode, response.body], [204, '']);
  }
  assert.deepEqual(
    [0, 1, 3].map((i) => app.event(i).data),
    [{ a: 1 }, 'text', '<a/>'],
  );
  assert.equal(app.event(2).data_base64, 'aGVsbG8=');
  assert.deepEqual(
    app.published.slice(0, 2).map(({ metadata }) => metadata),
    [{}, { z: '1', x: 'y' }],
  );
});

test('bulk publish: member names match in any case', async () => {
  await using app = openApi();
  const body = [{ entryID: '1', Event: { a: 1 }, contenttype: 'application/json', METADATA: { x: 'y' } }];
  const response = await app.send('/v1.0/publish/bulk/pubsub/orders', body);
  assert.deepEqual([response.statusCode, response.body], [204, '']);
  assert.deepEqual([app.event(0).data, app.published[0]?.metadata], [{ a: 1 }, { x: 'y' }]);
});

test('bulk publish: an invalid request is 400 and nothing is published', async () => {
  await using app = openApi();
  const entry = (more: object) => [{ entryId: '1', event: 'x', contentType: 'text/plain', ...more }];
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    ['{', /error when unmarshaling the request for topic orders pubsub pubsub/],
    ['{}', /cannot unmarshal object into Go value of type \[\]/],
    ['', /unmarshaling/],
    [entry({ event: 5 }), /mismatch between contentType and event/],
    [entry({ contentType: 'image/png' }), /mismatch/],
    [entry({ contentType: undefined }), /mismatch/],
    [entry({ event: '!!', contentType: 'application/octet-stream' }), /mismatch/],
    [entry({ entryId: '' }), /entryId is duplicated or not present/],
    [[...entry({}), ...entry({})], /entryId is duplicated or not present/],
  ];
  for (const [body, message] of wrong) {
    const response = await app.send('/v1.0/publish/bulk/pubsub/orders', body);
    assert.deepEqual([response.statusCode, response.json().errorCode], [400, 'ERR_PUBSUB_EVENTS_SER']);
    assert.match(response.json().message, message);
  }
  assert.equal(app.published.length, 0);
});

test('bulk publish: failed entries are named in the body and the headers', async () => {
  await using app = openApi();
  const body = [
    { entryId: '1', event: 'x', contentType: 'text/plain', metadata: { fail: 'yes' } },
    { entryId: '2', event: 'x', contentType: 'text/plain' },
  ];
  const response = await app.send('/v1.0/publish/bulk/pubsub/orders', body);
  assert.equal(response.statusCode, 500);
  const { failedEntries, errorCode } = response.json() as {
    failedEntries: { entryId: string; error: string }[];
    errorCode: string;
  };
  assert.equal(errorCode, 'ERR_PUBSUB_PUBLISH_MESSAGE');
  assert.deepEqual(
    failedEntries.map(({ entryId }) => entryId),
    ['1'],
  );
  assert.match(failedEntries[0]?.error ?? '', /no space left/);
  assert.equal(response.headers['metadata.responsedata'], response.body);
  assert.equal(response.headers['metadata.error'], errorCode);
  assert.equal(app.published.length, 1);
});
