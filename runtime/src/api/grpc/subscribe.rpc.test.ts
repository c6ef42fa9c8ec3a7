import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventSink } from '#blocks/pubsub/event-sink.ts';
import type { StreamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { noBody } from '#core/message.ts';
import { subscribeRpcs } from './subscribe.rpc.ts';

const event = { pubsubName: 'mail', topic: 'orders', path: '', metadata: {}, data: noBody };

/** The rejection that leaves an event with the broker, even with a dead letter topic. */
const isUnavailable = (cause: unknown): boolean => cause instanceof RuntimeError && cause.kind.grpc === 'Unavailable';

/** One open stream: the app's messages go in, events come out. */
async function stream() {
  const state = { isClosed: false, sink: undefined as EventSink | undefined };
  const streams: StreamedSubscriptions = {
    list: () => [],
    resubscribe: () => Promise.resolve(),
    drain: () => Promise.resolve(),
    open(_declaration, app) {
      state.sink = app;
      return Promise.resolve({
        close() {
          state.isClosed = true;
          return Promise.resolve();
        },
      });
    },
  };
  const leaving = new AbortController();
  const call: Call = {
    trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
    signal: leaving.signal,
  };
  const sent = new TransformStream<object, object>();
  const writer = sent.writable.getWriter();
  const rpcs = subscribeRpcs(streams);
  const received = rpcs.subscribeTopicEventsAlpha1(call, sent.readable as never)[Symbol.asyncIterator]();
  const send = (type: string, value: object) =>
    void writer.write({ subscribeTopicEventsRequestType: { case: type, value } }).catch(() => {});
  const begin = async (): Promise<EventSink> => {
    send('initialRequest', { pubsubName: 'mail', topic: 'orders', metadata: {} });
    await received.next();
    assert.ok(state.sink);
    return state.sink;
  };
  const closeSending = () => writer.close();
  return { state, call, received, send, begin, closeSending, leave: () => leaving.abort(new Error('disconnected')) };
}

test('SubscribeTopicEvents: events are sent in order, and each response is matched by id', async () => {
  const { received, send, call, begin, leave } = await stream();
  const sink = await begin();
  const one = sink.deliver(call, { ...event, attributes: { id: '1' } });
  const two = sink.deliver(call, { ...event, attributes: { id: '2' } });
  assert.equal((await received.next()).value?.subscribeTopicEventsResponseType.case, 'eventMessage');
  await received.next();
  send('eventProcessed', { id: '2', status: { status: 2 } });
  send('eventProcessed', { id: '1', status: { status: 0 } });
  assert.deepEqual([(await one).outcome, (await two).outcome], ['success', 'drop']);
  leave();
  await received.next();
});

test('SubscribeTopicEvents: a disconnect rejects unacknowledged events and ends the subscription', async () => {
  const { received, call, begin, leave, state } = await stream();
  const sink = await begin();
  const open = assert.rejects(sink.deliver(call, { ...event, attributes: { id: '1' } }), isUnavailable);
  await received.next();
  leave();
  await open;
  assert.equal((await received.next()).done, true);
  assert.ok(state.isClosed);
  await assert.rejects(sink.deliver(call, { ...event, attributes: {} }), isUnavailable);
});

test('SubscribeTopicEvents: the first message must be the initial request', async () => {
  const { received, send } = await stream();
  send('eventProcessed', { id: '1' });
  await assert.rejects(received.next(), /initial request is required/);
});

test('SubscribeTopicEvents: a second initial request ends the stream', async () => {
  const { received, send, begin, state, call } = await stream();
  const sink = await begin();
  const open = assert.rejects(sink.deliver(call, { ...event, attributes: { id: '1' } }), isUnavailable);
  await received.next();
  send('initialRequest', { pubsubName: 'mail', topic: 'orders', metadata: {} });
  await assert.rejects(received.next(), /duplicate initial request received/);
  await open;
  assert.ok(state.isClosed);
});

test('SubscribeTopicEvents: closing the send side ends the stream with the status that makes clients subscribe again', async () => {
  const { received, call, begin, closeSending, state } = await stream();
  const sink = await begin();
  const open = assert.rejects(sink.deliver(call, { ...event, attributes: { id: '1' } }), isUnavailable);
  await received.next();
  await closeSending();
  await assert.rejects(
    received.next(),
    (cause) => cause instanceof RuntimeError && cause.kind.grpc === 'Unknown' && cause.message === 'EOF',
  );
  await open;
  assert.ok(state.isClosed);
});
