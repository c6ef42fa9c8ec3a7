import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventSink } from '#blocks/pubsub/event-sink.ts';
import type { StreamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { noBody } from '#core/message.ts';
import { subscribeRpcs } from './subscribe.rpc.ts';

const event = { pubsubName: 'mail', topic: 'orders', path: '', metadata: {}, data: noBody };

/** What keeps an event with the broker, also where there is a dead letter topic. */
const isUnavailable = (cause: unknown): boolean => cause instanceof RuntimeError && cause.kind.grpc === 'Unavailable';

/** One open stream: what the app says goes in, what it hears comes out. */
async function stream() {
  const state = { isClosed: false, sink: undefined as EventSink | undefined };
  const streams: StreamedSubscriptions = {
    wanted: () => [],
    followBrokers: () => Promise.resolve(),
    drain: () => Promise.resolve(),
    open(_wanted, app) {
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
  const said = new TransformStream<object, object>();
  const writer = said.writable.getWriter();
  const rpcs = subscribeRpcs(streams);
  const heard = rpcs.subscribeTopicEventsAlpha1(call, said.readable as never)[Symbol.asyncIterator]();
  const say = (type: string, value: object) =>
    void writer.write({ subscribeTopicEventsRequestType: { case: type, value } }).catch(() => {});
  const begin = async (): Promise<EventSink> => {
    say('initialRequest', { pubsubName: 'mail', topic: 'orders', metadata: {} });
    await heard.next();
    assert.ok(state.sink);
    return state.sink;
  };
  return { state, call, heard, say, begin, leave: () => leaving.abort(new Error('gone')) };
}

test('events go out as they come, and each answer finds its event by id', async () => {
  const { heard, say, call, begin, leave } = await stream();
  const sink = await begin();
  const one = sink.deliver(call, { ...event, attributes: { id: '1' } });
  const two = sink.deliver(call, { ...event, attributes: { id: '2' } });
  assert.equal((await heard.next()).value?.subscribeTopicEventsResponseType.case, 'eventMessage');
  await heard.next();
  say('eventProcessed', { id: '2', status: { status: 2 } });
  say('eventProcessed', { id: '1', status: { status: 0 } });
  assert.deepEqual([(await one).verdict, (await two).verdict], ['success', 'drop']);
  leave();
  await heard.next();
});

test('an app that leaves gets what it has not answered again, and its subscription ends', async () => {
  const { heard, call, begin, leave, state } = await stream();
  const sink = await begin();
  const open = assert.rejects(sink.deliver(call, { ...event, attributes: { id: '1' } }), isUnavailable);
  await heard.next();
  leave();
  await open;
  assert.equal((await heard.next()).done, true);
  assert.ok(state.isClosed);
  await assert.rejects(sink.deliver(call, { ...event, attributes: {} }), isUnavailable);
});

test('a stream begins with what it wants to hear', async () => {
  const { heard, say } = await stream();
  say('eventProcessed', { id: '1' });
  await assert.rejects(heard.next(), /initial request is required/);
});

test('a stream that begins twice is ended', async () => {
  const { heard, say, begin, state, call } = await stream();
  const sink = await begin();
  const open = assert.rejects(sink.deliver(call, { ...event, attributes: { id: '1' } }), isUnavailable);
  await heard.next();
  say('initialRequest', { pubsubName: 'mail', topic: 'orders', metadata: {} });
  await assert.rejects(heard.next(), /duplicate initial request received/);
  await open;
  assert.ok(state.isClosed);
});
