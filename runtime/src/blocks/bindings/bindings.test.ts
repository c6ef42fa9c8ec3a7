import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { BindingResponse, BindingApp } from './binding-app.ts';
import type { Binding, BindingEventHandler, OperationRequest } from './binding.ts';
import { bindingsBlock } from './bindings.ts';
import { bindingEventRejected } from './errors.ts';
import { inputBindings, emptyBindingResponse } from './input-bindings.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

const loaded = (name: string, port: Binding, metadata: Readonly<Record<string, string>> = {}) =>
  [name, { name, type: 'bindings.test', version: 'v1', metadata, port }] as const;

function output(rejection?: string) {
  const requests: OperationRequest[] = [];
  return {
    requests,
    operations: ['create', 'get'],
    invoke(_call: Call, request: OperationRequest) {
      requests.push(request);
      if (request.metadata['fail']) return Promise.reject(new Error('no room'));
      const reply = { data: Buffer.from('done'), metadata: { a: 'b' } };
      return Promise.resolve(rejection === undefined ? reply : { ...reply, rejection });
    },
    close: () => Promise.resolve(),
  };
}

function input() {
  const state: { handler?: BindingEventHandler; isOpen: boolean } = { isOpen: false };
  return {
    state,
    read(handler: BindingEventHandler) {
      state.handler = handler;
      state.isOpen = true;
      return Promise.resolve({
        close() {
          state.isOpen = false;
          return Promise.resolve();
        },
      });
    },
    close: () => Promise.resolve(),
  };
}

const request = (name: string, operation = 'create', metadata = {}) => ({
  name,
  operation,
  data: Buffer.from('x'),
  metadata,
});

test('output binding: an operation gets the trace of the call, whatever the caller wrote there', async () => {
  const port = output();
  const block = bindingsBlock({ bindings: new Map([loaded('out', port)]), recorder: silentRecorder });
  const response = await block.invoke(
    { ...call, baggage: 'k=v' },
    request('out', 'get', { traceparent: 'mine', X: 'y' }),
  );
  assert.deepEqual([String(response?.data), response?.metadata, response?.failure], ['done', { a: 'b' }, undefined]);
  assert.deepEqual(port.requests[0]?.metadata, {
    X: 'y',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    baggage: 'k=v',
  });
});

test('output binding: every failure has one code, with the reason', async () => {
  const bindings = new Map([
    loaded('out', output()),
    loaded('in', input()),
    loaded('one-way', output(), { direction: 'input' }),
  ]);
  const block = bindingsBlock({ bindings, recorder: silentRecorder });
  const failed = (text: RegExp) => (error: Error & { kind: { code: string } }) => {
    assert.equal(error.kind.code, 'ERR_INVOKE_OUTPUT_BINDING');
    assert.match(error.message, text);
    return true;
  };
  await assert.rejects(block.invoke(call, request('nobody')), failed(/couldn't find output binding nobody/));
  await assert.rejects(block.invoke(call, request('in')), failed(/couldn't find output binding in/));
  await assert.rejects(block.invoke(call, request('one-way')), failed(/couldn't find output binding one-way/));
  await assert.rejects(block.invoke(call, request('out', '')), failed(/operation field is missing/));
  await assert.rejects(block.invoke(call, request('out', 'put')), failed(/supported operations:create get/));
  await assert.rejects(block.invoke(call, request('out', 'get', { fail: 'y' })), failed(/binding out: no room/));
});

test('output binding: an error of the external system keeps its data and metadata', async () => {
  const block = bindingsBlock({ bindings: new Map([loaded('out', output('status 418'))]), recorder: silentRecorder });
  const response = await block.invoke(call, request('out'));
  assert.deepEqual(response?.metadata, { a: 'b' });
  assert.match(response?.failure?.message ?? '', /binding out: status 418/);
});

function bench(isSubscribed: (path: string) => boolean | Promise<boolean>, response: Partial<BindingResponse> = {}) {
  const bindings = new Map<string, ReturnType<typeof loaded>[1]>();
  const probed: string[] = [];
  const delivered: string[] = [];
  const saved: unknown[] = [];
  const clock = fakeClock();
  const target = output();
  const app: BindingApp = {
    listensTo: async (_call, _name, path) => {
      probed.push(path);
      return await isSubscribed(path);
    },
    deliver(_call, { name, path }, { data }) {
      const text = String(data);
      delivered.push(`${path} ${text}`);
      if (text === 'reject') return Promise.reject(bindingEventRejected(name, 'it responded with 500'));
      return Promise.resolve({ ...emptyBindingResponse, ...response });
    },
  };
  const inputs = inputBindings({
    bindings,
    output: bindingsBlock({ bindings: new Map([loaded('target', target)]), recorder: silentRecorder }),
    save: (_call, storeName, states) => Promise.resolve(void saved.push([storeName, states])),
    probeLimitMs: 3000,
    newCall: (signal) => ({ ...call, signal }),
    recorder: silentRecorder,
    clock,
    log: silentLog,
  });
  const add = (name: string, metadata = {}) => {
    const port = input();
    bindings.set(...loaded(name, port, metadata));
    return port.state;
  };
  return { bindings, probed, delivered, saved, clock, target, app, inputs, add };
}

const event = (text: string) => ({ data: Buffer.from(text), metadata: {} });

test('input binding: the app is probed for its bindings, except where the direction names input', async () => {
  const it = bench((path) => path === '/subscribed' || path === '/r');
  const states = [
    it.add('subscribed'),
    it.add('ignored'),
    it.add('routed', { route: 'r' }),
    it.add('sure', { direction: 'output, Input' }),
    it.add('never', { direction: 'output' }),
  ];
  await it.inputs.start(it.app);
  assert.deepEqual(it.probed.sort(), ['/ignored', '/r', '/subscribed']);
  assert.deepEqual(
    states.map(({ isOpen }) => isOpen),
    [true, false, true, true, false],
  );
  await states[2]?.handler?.(event('hello'));
  assert.deepEqual(it.delivered, ['/r hello']);
  await assert.rejects(async () => await states[0]?.handler?.(event('reject')), /it responded with 500/);
  await it.inputs.stop(0);
  assert.ok(states.every(({ isOpen }) => !isOpen));
});

test('input binding: an app that does not respond to the probe in time is not subscribed, and the others are', async () => {
  const it = bench((path) => (path === '/slow' ? new Promise(() => {}) : true));
  const [slow, quick] = [it.add('slow'), it.add('quick')];
  const starting = it.inputs.start(it.app);
  await it.clock.tick(3001);
  await starting;
  assert.deepEqual([slow.isOpen, quick.isOpen], [false, true]);
  await it.inputs.stop(0);
});

test('input binding: refresh opens, closes and replaces bindings, and does nothing before start', async () => {
  const it = bench(() => true);
  const first = it.add('a');
  await it.inputs.refresh();
  assert.equal(first.isOpen, false);
  await it.inputs.start(it.app);
  const second = it.add('b');
  const replaced = it.add('a');
  await it.inputs.refresh();
  assert.deepEqual([first.isOpen, replaced.isOpen, second.isOpen], [false, true, true]);
  it.bindings.delete('b');
  await it.inputs.refresh();
  assert.equal(second.isOpen, false);
  await it.inputs.stop(0);
});

test('input binding: the response is saved and forwarded, and a failing target does not cause a redelivery', async () => {
  const states = [{ key: 'k', value: Buffer.from('1') }];
  const to = ['target', 'nobody'];
  const it = bench(() => true, { to, data: Buffer.from('"d"'), storeName: 'store', states, body: Buffer.from('all') });
  const state = it.add('a');
  await it.inputs.start(it.app);
  assert.equal(String(await state.handler?.(event('x'))), 'all');
  assert.deepEqual(it.saved, [['store', states]]);
  assert.deepEqual(
    it.target.requests.map(({ operation, data }) => [operation, String(data)]),
    [['create', '"d"']],
  );
  await it.inputs.stop(0);
});
