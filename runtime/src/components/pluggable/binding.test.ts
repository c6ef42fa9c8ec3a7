import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInputBinding, isOutputBinding } from '#blocks/bindings/binding.ts';
import type { BindingEventHandler, InputBinding, OutputBinding } from '#blocks/bindings/binding.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { pluggableBinding } from './binding.ts';
import { componentContext, serveComponent } from './testing.ts';

const call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

/** An outside system of which the test is the outside. */
function outside() {
  let handler: BindingEventHandler | undefined;
  const opened: (() => void)[] = [];
  const input: InputBinding = {
    read(eventHandler) {
      handler = eventHandler;
      for (const open of opened.splice(0)) open();
      return Promise.resolve({ close: async () => void (handler = undefined) });
    },
    close: async () => {},
  };
  const output: OutputBinding = {
    operations: ['create', 'get'],
    invoke: (_call, { operation, data, metadata }) => {
      if (operation === 'get') return Promise.reject(new Error('nothing here'));
      return Promise.resolve({
        data: Buffer.from(`${String(Buffer.from(data))}!`),
        metadata: { ...metadata, was: operation },
      });
    },
    close: async () => {},
  };
  const connected = (): Promise<void> => new Promise((resolve) => (handler ? resolve() : opened.push(resolve)));
  const emit = async (text: string) => {
    await connected();
    return String(Buffer.from((await handler?.({ data: Buffer.from(text), metadata: { from: 'outside' } })) ?? []));
  };
  return { input, output, emit };
}

test('pluggable binding: sends operations with their metadata and returns the response', async () => {
  const { output } = outside();
  await using served = await serveComponent({ output });
  const binding = await pluggableBinding(served.socket)(componentContext());
  assert.ok(isOutputBinding(binding) && !isInputBinding(binding));
  assert.deepEqual(binding.operations, ['create', 'get']);
  const reply = await binding.invoke(call, { operation: 'create', data: Buffer.from('hi'), metadata: { key: '1' } });
  assert.equal(String(Buffer.from(reply?.data ?? [])), 'hi!');
  assert.deepEqual(reply?.metadata, { key: '1', was: 'create' });
  const failing = binding.invoke(call, { operation: 'get', data: Buffer.from(''), metadata: {} });
  await assert.rejects(failing, { message: 'rpc error: code = Unknown desc = nothing here' });
  await binding.close();
});

test('pluggable binding: delivers events and returns the app’s response', async () => {
  const { input, emit } = outside();
  await using served = await serveComponent({ input });
  const binding = await pluggableBinding(served.socket)(componentContext());
  assert.ok(isInputBinding(binding) && !isOutputBinding(binding));
  const reading = await binding.read(({ data, metadata }) => {
    const text = String(Buffer.from(data));
    if (text === 'bad') return Promise.reject(new Error('the app rejected it'));
    return Promise.resolve(Buffer.from(`${text} ${metadata['from']}`));
  });
  assert.equal(await emit('hello'), 'hello outside');
  await assert.rejects(emit('bad'), /the app rejected it/);
  assert.deepEqual(served.responses, [{ id: 'event-1' }, { id: 'event-2', error: 'the app rejected it' }]);
  await reading.close(1000);
  await binding.close();
});

test('pluggable binding: reads again after a restart of the component', async () => {
  const { input, emit } = outside();
  const clock = fakeClock();
  const context = componentContext({ clock });
  await using served = await serveComponent({ input });
  const binding = await pluggableBinding(served.socket)(context);
  assert.ok(isInputBinding(binding));
  const reading = await binding.read(() => Promise.resolve(Buffer.from('received')));
  assert.equal(await emit('1'), 'received');
  await input.close();
  await served.restart();
  let isReceived = false;
  const emitting = emit('2').then((response) => (isReceived = response === 'received'));
  for (let round = 0; !isReceived && round < 1000; round++) {
    await clock.tick(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await emitting;
  assert.ok(isReceived);
  await reading.close(1000);
  await binding.close();
});

test('pluggable binding: close waits for a running event and rejects new ones', async () => {
  const { input, emit } = outside();
  const clock = fakeClock();
  await using served = await serveComponent({ input });
  const binding = await pluggableBinding(served.socket)(componentContext({ clock }));
  assert.ok(isInputBinding(binding));
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const reading = await binding.read(async () => {
    begin();
    await mayEnd;
    return Buffer.from('done');
  });
  const slow = emit('slow');
  await begun;
  let isClosed = false;
  const closing = reading.close(30_000).then(() => (isClosed = true));
  await assert.rejects(emit('late'), /input binding is closed/);
  assert.equal(isClosed, false);
  end();
  assert.equal(await slow, 'done');
  await clock.tick(100);
  await closing;
  await binding.close();
});

test('pluggable binding: one component can be input and output, limited by direction', async () => {
  const { input, output } = outside();
  await using served = await serveComponent({ input, output });
  const open = pluggableBinding(served.socket);
  const both = await open(componentContext());
  assert.ok(isInputBinding(both) && isOutputBinding(both));
  const onlyOut = await open(componentContext({ metadata: { direction: 'output' } }));
  assert.ok(!isInputBinding(onlyOut) && isOutputBinding(onlyOut));
  await assert.rejects(
    open(componentContext({ metadata: { direction: 'sideways' } })),
    /not a binding of the configured direction/,
  );
  await both.close();
  await onlyOut.close();
});
