import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '#core/errors.ts';
import { pubsubBlock } from './pubsub.ts';
import { pubsubFixture, call } from './pubsub-fixture.testing.ts';

const request = {
  pubsubName: 'pubsub',
  topic: 'orders',
  data: Buffer.from('{"n":1}'),
  dataContentType: 'application/json',
};

function rejectedWith(code: string, http: number, grpc: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof RuntimeError, String(error));
    assert.deepEqual([error.kind.code, error.kind.http, error.kind.grpc], [code, http, grpc]);
    assert.match(error.message, message);
    return true;
  };
}

test('publish: records one activity, and the event continues its span', async () => {
  const fixture = pubsubFixture();
  await pubsubBlock(fixture.options).publish(call, request);
  const [event] = fixture.events();
  assert.equal(event?.traceparent, '00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01');
  assert.deepEqual(fixture.activities, [
    {
      kind: 'publish',
      name: 'orders',
      outcome: 'ok',
      attributes: { pubsub: 'pubsub', id: event?.id, type: 'com.dapr.event.sent' },
      traceId: call.trace.traceId,
      parent: call.trace.spanId,
    },
  ]);
  assert.equal(fixture.published[0]?.id, event?.id);
  assert.equal(fixture.published[0]?.contentType, 'application/cloudevents+json');
});

test('publish: a raw payload is sent unchanged, with the trace in its metadata', async () => {
  const fixture = pubsubFixture();
  await pubsubBlock(fixture.options).publish(call, { ...request, metadata: { rawPayload: 'True' } });
  assert.equal(fixture.published[0]?.data, request.data);
  assert.equal(fixture.published[0]?.contentType, 'application/json');
  assert.match(fixture.published[0]?.metadata.traceparent ?? '', /-0000000000000001-01$/);
});

test('publish: a time to live becomes an expiration unless the broker supports it', async () => {
  const metadata = { ttlInSeconds: '60' };
  const without = pubsubFixture();
  await pubsubBlock(without.options).publish(call, { ...request, metadata });
  assert.equal(without.events()[0]?.expiration, '2026-01-01T00:01:00.000Z');
  const withTtl = pubsubFixture({}, ['MESSAGE_TTL']);
  await pubsubBlock(withTtl.options).publish(call, { ...request, metadata });
  assert.equal(withTtl.events()[0]?.expiration, undefined);
  assert.equal(withTtl.published[0]?.metadata.ttlInSeconds, '60');
  const nonsense = pubsubFixture();
  await pubsubBlock(nonsense.options).publish(call, { ...request, metadata: { ttlInSeconds: 'soon' } });
  assert.equal(nonsense.events()[0]?.expiration, undefined);
});

test('publish: each invalid request has its own code in both APIs', async () => {
  const fixture = pubsubFixture({ publishingscopes: 'shop=orders' });
  const block = pubsubBlock(fixture.options);
  const attempts: [object, ReturnType<typeof rejectedWith>][] = [
    [
      { pubsubName: 'nope' },
      rejectedWith('ERR_PUBSUB_NOT_FOUND', 404, 'InvalidArgument', /^pubsub nope is not found$/),
    ],
    [{ pubsubName: '' }, rejectedWith('ERR_PUBSUB_EMPTY', 404, 'InvalidArgument', /name is empty/)],
    [{ topic: '' }, rejectedWith('ERR_TOPIC_NAME_EMPTY', 404, 'InvalidArgument', /topic is empty in pubsub pubsub/)],
    [
      { topic: 'x' },
      rejectedWith('ERR_PUBSUB_FORBIDDEN', 403, 'PermissionDenied', /^topic x is not allowed for app id shop$/),
    ],
    [
      { metadata: { rawPayload: 'zz' } },
      rejectedWith('ERR_PUBSUB_REQUEST_METADATA', 400, 'InvalidArgument', /valid boolean/),
    ],
    [
      { dataContentType: 'application/cloudevents+json', data: Buffer.from('[]') },
      rejectedWith('ERR_PUBSUB_CLOUD_EVENTS_SER', 500, 'InvalidArgument', /cannot create cloudevent/),
    ],
  ];
  for (const [wrong, check] of attempts) await assert.rejects(block.publish(call, { ...request, ...wrong }), check);
  assert.equal(fixture.published.length, 0);
});

test('publish: metadata that no header can hold does not lose the event', async () => {
  const fixture = pubsubFixture();
  const metadata = { 'order id': '7', ü: '1', a: 'b\r\nNats-Rollup: all' };
  await pubsubBlock(fixture.options).publish(call, { ...request, metadata });
  assert.deepEqual(fixture.published[0]?.metadata, metadata);
});

test('publish: a ttl of 0 or below as a duration is over at once, other nonsense is none', async () => {
  const livesMs = async (metadata: Record<string, string>): Promise<number | undefined> => {
    const fixture = pubsubFixture();
    await pubsubBlock(fixture.options).publish(call, { ...request, metadata });
    const { expiration } = fixture.events()[0] ?? {};
    return typeof expiration === 'string' ? Date.parse(expiration) - fixture.options.clock.now() : undefined;
  };
  assert.equal(await livesMs({ ttlInSeconds: '0' }), 0);
  assert.equal(await livesMs({ ttlInSeconds: '-5s' }), 0);
  assert.equal(await livesMs({ TTL: '1m30s', ttlInSeconds: '5' }), 90_000);
  assert.equal(await livesMs({ ttlinseconds: '5' }), 5000);
  for (const none of ['', '-1', '1.5', 'soon', '00']) assert.equal(await livesMs({ ttlInSeconds: none }), undefined);
  assert.ok(Number.isFinite(await livesMs({ ttlInSeconds: '99999999999999' })));
});

test('publish: an event that the broker could not store is an error with the reason', async () => {
  const fixture = pubsubFixture();
  fixture.faults.publish = new Error('no space left');
  await assert.rejects(
    pubsubBlock(fixture.options).publish(call, request),
    rejectedWith(
      'ERR_PUBSUB_PUBLISH_MESSAGE',
      500,
      'Internal',
      /publishing to topic orders in pubsub pubsub: no space left/,
    ),
  );
  assert.equal(fixture.activities[0]?.outcome, 'error');
});

test('publish: error details are those of upstream', async () => {
  const fixture = pubsubFixture({ publishingscopes: 'shop=orders' });
  const error: unknown = await pubsubBlock(fixture.options)
    .publish(call, { ...request, topic: 'x' })
    .catch((cause: unknown) => cause);
  const message = 'topic x is not allowed for app id shop';
  assert.deepEqual(error instanceof RuntimeError && error.details, [
    {
      '@type': 'type.googleapis.com/google.rpc.ResourceInfo',
      resource_type: 'pubsub',
      resource_name: 'pubsub',
      owner: '',
      description: message,
    },
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'DAPR_PUBSUB_FORBIDDEN',
      domain: 'dapr.io',
      metadata: { topic: 'x', error: message },
    },
  ]);
});

test('bulk publish: request metadata applies only to entries with metadata', async () => {
  const fixture = pubsubFixture();
  const entries = [
    { entryId: '1', event: Buffer.from('a'), contentType: 'text/plain' },
    { entryId: '2', event: Buffer.from('b'), contentType: 'text/plain', metadata: { x: 'y' } },
  ];
  const failed = await pubsubBlock(fixture.options).publishBulk(call, {
    pubsubName: 'pubsub',
    topic: 'orders',
    entries,
    metadata: { z: '1', x: 'request' },
  });
  assert.deepEqual(failed, []);
  assert.deepEqual(
    fixture.published.map(({ metadata }) => metadata),
    [{}, { z: '1', x: 'y' }],
  );
  assert.deepEqual(fixture.activities.map(({ kind }) => kind).sort(), ['publish', 'publish', 'publish.bulk']);
});

test('bulk publish: a duplicate id rejects all, and a failure names its entry', async () => {
  const fixture = pubsubFixture();
  const block = pubsubBlock(fixture.options);
  const bulk = (...ids: string[]) => ({
    pubsubName: 'pubsub',
    topic: 'orders',
    entries: ids.map((entryId) => ({ entryId, event: Buffer.from('a'), contentType: 'text/plain' })),
  });
  const check = rejectedWith('ERR_PUBSUB_EVENTS_SER', 400, 'InvalidArgument', /entryId is duplicated or not present/);
  await assert.rejects(block.publishBulk(call, bulk('1', '1')), check);
  await assert.rejects(block.publishBulk(call, bulk('')), check);
  assert.equal(fixture.published.length, 0);
  fixture.faults.publish = new Error('full');
  const failed = await block.publishBulk(call, bulk('1'));
  assert.deepEqual(
    failed.map(({ entryId }) => entryId),
    ['1'],
  );
  assert.match(failed[0]?.error ?? '', /full/);
});

test('prepare and relay: the message belongs to the span it was built in and is sent unchanged', async () => {
  const fixture = pubsubFixture();
  const block = pubsubBlock(fixture.options);
  const message = block.prepare(call, request);
  assert.equal(fixture.published.length, 0);
  await block.relay(call, 'pubsub', message);
  assert.equal(fixture.published[0], message);
  assert.equal(fixture.events()[0]?.traceparent, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  assert.deepEqual(
    fixture.activities.map(({ kind, name, attributes }) => [kind, name, attributes.id]),
    [['publish', 'orders', message.id]],
  );
  assert.throws(() => block.prepare(call, { ...request, pubsubName: 'nope' }), /not found/);
});

test('namespaced component: topics have a prefix on the broker only', async () => {
  const fixture = pubsubFixture();
  const [component] = fixture.options.brokers.values();
  assert.ok(component);
  const brokers = new Map([['pubsub', { ...component, isNamespaced: true }]]);
  await pubsubBlock({ ...fixture.options, brokers }).publish(call, request);
  assert.equal(fixture.published[0]?.topic, 'eastorders');
  assert.equal(fixture.events()[0]?.topic, 'orders');
});
