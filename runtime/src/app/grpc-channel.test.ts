import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { silentLog } from '#core/log.ts';
import { headerOf, noBody, readBody } from '#core/message.ts';
import { isRpcEnd, rpcEndOf, rpcFrame, rpcParts, rpcVerb } from '#core/rpc-frames.ts';
import { binaryTrace } from '#core/trace.ts';
import { InvokeRequestSchema, InvokeResponseSchema } from '#gen/dapr/proto/common/v1/common_pb.ts';
import {
  ListTopicSubscriptionsResponseSchema,
  TopicEventBulkResponseSchema,
  TopicEventRequestSchema,
  TopicEventResponseSchema,
} from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { grpcChannel } from './grpc-channel.ts';
import { grpcEventSink } from './grpc-event-delivery.ts';
import { discoverGrpcSubscriptions } from './grpc-subscriptions.ts';
import { encoded, grpcTestApp } from './grpc-app.testing.ts';
import type { ReceivedRequest } from './grpc-app.testing.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};
const callback = '/dapr.proto.runtime.v1.AppCallback';
const event = { pubsubName: 'mail', topic: 'orders', path: '/new', metadata: { Shard: '7' }, data: noBody };

function open(address: string, apiToken?: string) {
  const channel = grpcChannel({ address, protocol: 'grpc', maxBodyBytes: 1 << 20, ...(apiToken ? { apiToken } : {}) });
  return { ...channel, [Symbol.asyncDispose]: () => channel.close() };
}

test('gRPC app: a method is called through OnInvoke, with verb, query, metadata and token', async () => {
  let received: ReceivedRequest | undefined;
  await using app = await grpcTestApp({
    [`${callback}/OnInvoke`]: (invocation) => {
      received = invocation;
      return encoded(InvokeResponseSchema, { data: { value: Buffer.from('pong') }, contentType: 'text/plain' });
    },
  });
  await using channel = open(app.address, 'secret');
  const headers = ['content-type', 'text/x', 'x-mine', '1'];
  const body = Buffer.from('ping');
  const reply = await channel.request(call, { verb: 'PUT', path: '/a b%2Fc', query: 'q=1', headers, body });
  assert.equal(reply.status, 200);
  assert.equal(headerOf(reply.headers, 'content-type'), 'text/plain');
  assert.equal(Buffer.from(await readBody(reply.body)).toString(), 'pong');
  const message = fromBinary(InvokeRequestSchema, received?.request ?? noBody);
  assert.deepEqual(
    [message.method, message.contentType, message.httpExtension?.verb, message.httpExtension?.querystring],
    ['a b%2Fc', 'text/x', 4, 'q=1'],
  );
  assert.deepEqual(received?.metadata.get('x-mine'), ['1']);
  assert.deepEqual(received?.metadata.get('dapr-api-token'), ['secret']);
  assert.equal(received?.metadata.get('traceparent').length, 1);
  assert.deepEqual(received?.metadata.get('grpc-trace-bin'), [binaryTrace(call.trace)]);
});

test('gRPC app: its status becomes an HTTP status with the gRPC status as JSON, and is passed to gRPC callers', async () => {
  const denied = { code: 7, details: 'not you' };
  await using app = await grpcTestApp({ [`${callback}/OnInvoke`]: () => denied });
  await using channel = open(app.address);
  const reply = await channel.request(call, { verb: 'GET', path: '/m', query: '', headers: [], body: noBody });
  assert.equal(reply.status, 403);
  assert.deepEqual(JSON.parse(Buffer.from(await readBody(reply.body)).toString()), {
    code: 7,
    message: 'not you',
    details: [],
  });
  assert.equal(rpcEndOf(reply)?.code, 7);
});

test('gRPC app: unavailable when nothing listens', async () => {
  let address = '';
  {
    await using app = await grpcTestApp({});
    address = app.address;
  }
  await using channel = open(address);
  const received = channel.request(call, { verb: 'GET', path: '/m', query: '', headers: [], body: noBody });
  await assert.rejects(received, (error) => error instanceof RuntimeError && error.kind.code === 'ERR_APP_UNAVAILABLE');
});

test('gRPC app: messages of a stream pass one by one, and its trailers at the end', async () => {
  await using app = await grpcTestApp({});
  await using channel = open(app.address);
  const first = Promise.withResolvers<void>();
  async function* body() {
    yield rpcFrame(Buffer.from('one'));
    await first.promise;
    yield rpcFrame(Buffer.from('two'));
  }
  const message = { verb: rpcVerb, path: '/test.Echo/Stream', query: '', headers: [], body: body() };
  const reply = await channel.request(call, message);
  const messages: string[] = [];
  for await (const part of rpcParts(reply.body)) {
    first.resolve();
    messages.push(
      isRpcEnd(part) ? `${part.code} ${headerOf(part.trailers, 'x-trailer')}` : Buffer.from(part).toString(),
    );
  }
  assert.deepEqual(messages, ['one', 'two', '0 last']);
});

test('ListTopicSubscriptions: unimplemented means none; a subscription without routes receives all events', async () => {
  await using silent = await grpcTestApp({});
  await using toSilent = open(silent.address);
  assert.deepEqual(await discoverGrpcSubscriptions(toSilent, call, { log: silentLog }), []);
  const subscriptions = [{ pubsubName: 'mail', topic: 'orders' }];
  await using app = await grpcTestApp({
    [`${callback}/ListTopicSubscriptions`]: () => encoded(ListTopicSubscriptionsResponseSchema, { subscriptions }),
  });
  await using channel = open(app.address);
  const [found] = await discoverGrpcSubscriptions(channel, call, { log: silentLog });
  assert.deepEqual([found?.pubsubname, found?.topic, found?.defaultRoute], ['mail', 'orders', '']);
});

test('OnTopicEvent: the request carries the data as it was published', async () => {
  let received: ReceivedRequest | undefined;
  await using app = await grpcTestApp({
    [`${callback}/OnTopicEvent`]: (invocation) => {
      received = invocation;
      return encoded(TopicEventResponseSchema, { status: 2 });
    },
  });
  await using channel = open(app.address);
  const attributes = { id: '9', type: 't', datacontenttype: 'application/json', data: { a: 1 }, shard: 'x' };
  const response = await grpcEventSink(channel).deliver(call, { ...event, attributes });
  assert.equal(response.outcome, 'drop');
  const sent = fromBinary(TopicEventRequestSchema, received?.request ?? noBody);
  assert.deepEqual(
    [sent.id, sent.topic, sent.path, Buffer.from(sent.data).toString()],
    ['9', 'orders', '/new', '{"a":1}'],
  );
  assert.deepEqual(sent.extensions, { shard: 'x' });
  assert.deepEqual(received?.metadata.get('shard'), ['7']);
  assert.deepEqual(received?.metadata.get('pubsubname'), [event.pubsubName]);
});

test('OnTopicEvent: unimplemented acknowledges the event; an error is a retry', async () => {
  await using app = await grpcTestApp({});
  await using channel = open(app.address);
  assert.equal((await grpcEventSink(channel).deliver(call, { ...event, attributes: {} })).outcome, 'success');
  await using failing = await grpcTestApp({ [`${callback}/OnTopicEvent`]: () => ({ code: 13, details: 'oh' }) });
  await using toFailing = open(failing.address);
  const response = await grpcEventSink(toFailing).deliver(call, { ...event, attributes: {} });
  assert.deepEqual(response, { outcome: 'retry', reason: 'the app responded with Internal: oh', status: { grpc: 13 } });
});

test('OnBulkTopicEvent: falls back to the alpha RPC', async () => {
  const statuses = [{ entryId: '1', status: 1 as const }];
  await using app = await grpcTestApp({
    '/dapr.proto.runtime.v1.AppCallbackAlpha/OnBulkTopicEventAlpha1': () =>
      encoded(TopicEventBulkResponseSchema, { statuses }),
  });
  await using channel = open(app.address);
  const entry = { entryId: '1', data: noBody, isRaw: false, attributes: {}, contentType: '', metadata: {} };
  const entries = [entry, { ...entry, entryId: '2' }];
  const results = await grpcEventSink(channel).deliverBulk(call, { ...event, id: 'b', entries });
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['retry', 'retry'],
  );
});
