import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { BytesValueSchema } from '@bufbuild/protobuf/wkt';
import type { ActorConfig } from '#blocks/actors/actor-config.ts';
import type { ActorStreams } from '#blocks/actors/actor-streams.ts';
import { hasCode } from '#blocks/actors/errors.ts';
import type { ActorApp } from '#blocks/actors/ports.ts';
import type { Call } from '#core/call.ts';
import { noBody } from '#core/message.ts';
import { actorEventRpcs } from './actor-events.rpc.ts';

const cat = { type: 'Cat', id: '7' };
const traceId = '0af7651916cd43dd8448eb211c80319c';

/** One open stream: the app's messages go in, requests to the app come out. */
async function stream(initial: object = { entities: ['Cat'], entitiesConfig: [] }) {
  const state = {
    isClosed: false,
    app: undefined as ActorApp | undefined,
    config: undefined as ActorConfig | undefined,
  };
  const streams: Pick<ActorStreams, 'open'> = {
    async open(app, config) {
      Object.assign(state, { app, config });
      return { close: async () => void (state.isClosed = true) };
    },
  };
  const leaving = new AbortController();
  const call: Call = { trace: { traceId, spanId: 'b7ad6b7169203331', sampled: true }, signal: leaving.signal };
  const sent = new TransformStream<object, object>();
  const writer = sent.writable.getWriter();
  const rpcs = actorEventRpcs(streams as ActorStreams);
  const received = rpcs.subscribeActorEventsAlpha1(call, sent.readable as never)[Symbol.asyncIterator]();
  const send = (type: string, value: object) =>
    void writer.write({ requestType: { case: type, value } }).catch(() => {});
  /** The next request, as its case and its value. */
  const next = async (): Promise<readonly [string | undefined, Record<string, unknown>]> => {
    const { case: type, value } = (await received.next()).value?.responseType ?? {};
    return [type, value as unknown as Record<string, unknown>];
  };
  send('initialRequest', initial);
  assert.equal((await next())[0], 'initialResponse');
  assert.ok(state.app && state.config);
  const leave = (): void => leaving.abort(new Error('disconnected'));
  const liveCall = { ...call, signal: new AbortController().signal };
  return { state, app: state.app, config: state.config, received, send, next, leave, call: liveCall };
}

test('SubscribeActorEvents: a call carries headers as metadata, and its response metadata as headers', async () => {
  const { app, call, next, send, leave } = await stream();
  const headers = ['content-type', 'text/plain', 'Dapr-Reentrancy-Id', 'r', 'content-type', 'other'];
  const pending = app.method(call, cat, 'speak', { headers, body: Buffer.from('please') });
  const [type, { id, metadata, data, ...rest }] = await next();
  assert.deepEqual([type, rest], ['invokeRequest', { actorType: 'Cat', actorId: '7', method: 'speak' }]);
  assert.deepEqual(
    [Object.entries(metadata ?? {}), String(data)],
    [
      [
        ['content-type', 'text/plain'],
        ['Dapr-Reentrancy-Id', 'r'],
        ['traceparent', `00-${traceId}-b7ad6b7169203331-01`],
      ],
      'please',
    ],
  );
  send('invokeResponse', { id, data: Buffer.from('meow'), metadata: { 'x-mood': 'good' }, error: false });
  const { status, body, headers: responseHeaders } = await pending;
  assert.deepEqual([status, String(body), responseHeaders], [200, 'meow', ['x-mood', 'good']]);
  leave();
});

test("SubscribeActorEvents: an actor's error is marked, a failure has the status of its code", async () => {
  const { app, call, next, send, leave } = await stream();
  const callMethod = async (type: string, value: object) => {
    const pending = app.method(call, cat, 'speak', { headers: [], body: noBody });
    const [, { id }] = await next();
    send(type, { id, ...value });
    const { status, headers, body } = await pending;
    return [status, headers.join(), String(body)];
  };
  const failure = { data: Buffer.from('{}'), metadata: {}, error: true };
  assert.deepEqual(await callMethod('invokeResponse', failure), [200, 'X-DaprErrorResponseHeader,true', '{}']);
  assert.deepEqual(await callMethod('requestFailed', { code: 5, message: 'no such' }), [404, '', 'no such']);
  assert.deepEqual(await callMethod('requestFailed', { code: 0, message: 'odd' }), [500, '', 'odd']);
  leave();
});

test('SubscribeActorEvents: reminders, timers and deactivations have their responses by id, in any order', async () => {
  const { app, call, next, send, leave } = await stream();
  const timer = app.timer(call, cat, 'nap', { callback: 'sleep', data: '{"a":1}', dueTime: '1s', period: '2s' });
  const reminder = app.reminder(call, cat, 'wake', { dueTime: '1s', period: '' });
  const deactivation = app.deactivate(call, cat);
  const [first, second, third] = [await next(), await next(), await next()];
  assert.deepEqual([first[0], second[0], third[0]], ['timerRequest', 'reminderRequest', 'deactivateRequest']);
  const { callback, data, name, period } = first[1] as unknown as Record<string, string> & {
    data: { value: Uint8Array };
  };
  assert.deepEqual([callback, name, period], ['sleep', 'nap', '2s']);
  assert.equal(String(Buffer.from(fromBinary(BytesValueSchema, data.value).value)), '{"a":1}');
  send('deactivateResponse', { id: third[1]['id'] });
  send('reminderResponse', { id: second[1]['id'], cancel: true });
  send('timerResponse', { id: first[1]['id'], cancel: false });
  assert.deepEqual([await timer, await reminder, await deactivation], [{ cancel: false }, { cancel: true }, undefined]);
  const rejected = app.reminder(call, cat, 'wake', { dueTime: '1s', period: '' });
  send('requestFailed', { id: (await next())[1]['id'], code: 13, message: 'no' });
  await assert.rejects(rejected, (error) => hasCode(error, 'ERR_ACTOR_INVOKE_METHOD'));
  leave();
});

test('SubscribeActorEvents: an aborted call is dropped, and an unexpected response is ignored', async () => {
  const { app, call, next, send, leave } = await stream();
  const controller = new AbortController();
  const late = app.deactivate({ ...call, signal: controller.signal }, cat);
  const [, { id }] = await next();
  controller.abort(new Error('enough'));
  await assert.rejects(late, /enough/);
  send('deactivateResponse', { id });
  const again = app.deactivate(call, cat);
  send('deactivateResponse', { id: (await next())[1]['id'] });
  await again;
  leave();
});

test('SubscribeActorEvents: when the app disconnects, pending calls fail and its types are removed', async () => {
  const { app, call, next, leave, received, state } = await stream();
  const pending = app.method(call, cat, 'speak', { headers: [], body: noBody });
  await next();
  leave();
  await assert.rejects(pending, (error) => hasCode(error, 'ERR_ACTOR_NO_APP_CHANNEL'));
  assert.equal((await received.next()).done, true);
  assert.ok(state.isClosed);
  await assert.rejects(app.deactivate(call, cat), (error) => hasCode(error, 'ERR_ACTOR_NO_APP_CHANNEL'));
});

test('SubscribeActorEvents: the first message configures the hosted actors', async () => {
  const { config, leave } = await stream({
    entities: ['Cat', 'Dog'],
    actorIdleTimeout: { seconds: 90n, nanos: 0 },
    drainRebalancedActors: false,
    entitiesConfig: [
      { entities: ['Dog'], actorIdleTimeout: { seconds: 0n, nanos: 500_000_000 }, reentrancy: { enabled: true } },
    ],
  });
  const cats = { idleTimeoutMs: 90_000, drainTimeoutMs: 2000, waitsForTurns: false, maxStackDepth: undefined };
  assert.deepEqual(config.types.get('Cat'), cats);
  assert.deepEqual(config.types.get('Dog'), { ...cats, idleTimeoutMs: 500, maxStackDepth: 32 });
  assert.deepEqual(config.warnings, []);
  leave();
});

test('SubscribeActorEvents: rejected for an HTTP app, and without an initial request', async () => {
  const call: Call = { trace: { traceId, spanId: 'b', sampled: false }, signal: new AbortController().signal };
  const rejected = actorEventRpcs(undefined).subscribeActorEventsAlpha1(call, [] as never);
  await assert.rejects(rejected.next(), (error) => hasCode(error, 'ERR_ACTOR_STREAM'));
  const sent = [{ requestType: { case: 'invokeResponse', value: { id: '1' } } }];
  const odd = actorEventRpcs({} as ActorStreams).subscribeActorEventsAlpha1(
    call,
    (async function* () {
      yield* sent;
    })() as never,
  );
  await assert.rejects(odd.next(), /first message must be/);
});
