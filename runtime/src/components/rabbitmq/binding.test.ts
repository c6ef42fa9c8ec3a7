import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { rabbitBinding } from './binding.ts';
import { admin, call, eventually, rabbitContext, rabbitUrl, skipWithoutRabbit as skip, uniqueName } from './testing.ts';

/** A binding of a test's own, whose queue is removed with it. */
async function fixture(metadata: Readonly<Record<string, string>> = {}) {
  const at = await admin();
  const queue = uniqueName();
  at.removeLater('', queue);
  const open = () => rabbitBinding(rabbitContext({ host: rabbitUrl, queuename: queue, durable: 'true', ...metadata }));
  const binding = await open();
  const create = (text: string, more: Readonly<Record<string, string>> = {}) =>
    binding.invoke(call, { operation: 'create', data: Buffer.from(text), metadata: more });
  return {
    at,
    queue,
    binding,
    create,
    open,
    async [Symbol.asyncDispose]() {
      await binding.close();
      await at[Symbol.asyncDispose]();
    },
  };
}

const nothing = Buffer.alloc(0);

test('binding: declares the queue, and receives what it creates with its metadata', { skip }, async () => {
  await using it = await fixture();
  assert.equal(await it.at.depthOf(it.queue), 0);
  await it.create('hello', { 'order id': '7', traceparent: 'x' });
  const events: unknown[] = [];
  const reading = await it.binding.read(async ({ data, metadata }) => {
    events.push([Buffer.from(data).toString(), metadata]);
    return nothing;
  });
  await eventually(() => events.length === 1, 'the event');
  assert.deepEqual(events, [['hello', { 'order+id': '7', traceparent: 'x' }]]);
  await reading.close(0);
});

test('binding: messages are persistent and have the requested properties', { skip }, async () => {
  await using it = await fixture({ contenttype: 'text/xml', maxpriority: '9' });
  await it.create('one', { ttlInSeconds: '7', priority: '4', messageID: 'm' });
  await it.create('two', { contentType: 'text/html' });
  const channel = await it.at.channel();
  const [one, two] = [await channel.get(it.queue, { noAck: true }), await channel.get(it.queue, { noAck: true })];
  assert.ok(one && two);
  const { contentType, deliveryMode, expiration, priority, messageId } = one.properties;
  assert.deepEqual([contentType, deliveryMode, expiration, priority, messageId], ['text/xml', 2, '7000', 4, 'm']);
  assert.equal(two.properties.contentType, 'text/html');
});

test('binding: an event is redelivered until the app accepts it', { skip }, async () => {
  await using it = await fixture();
  const unsettled: (number | undefined)[] = [];
  let attempts = 0;
  const reading = await it.binding.read(async () => {
    unsettled.push(await it.at.depthOf(it.queue));
    if (++attempts < 3) throw new Error('the app responded 500');
    return nothing;
  });
  await it.create('event');
  await eventually(() => attempts === 3, 'the third attempt');
  await reading.close(1000);
  assert.equal(await it.at.depthOf(it.queue), 0);
});

test('binding: a running event stays in the queue when the binding closes', { skip }, async () => {
  await using it = await fixture();
  let started = 0;
  const reading = await it.binding.read(async () => {
    started++;
    return new Promise(() => {});
  });
  await it.create('one');
  await it.create('two');
  await eventually(() => started === 1, 'the handler');
  await wait(50);
  assert.equal(started, 1, 'events are handled one after the other');
  await reading.close(0);
  await eventually(async () => (await it.at.depthOf(it.queue)) === 2, 'both events in the queue');
});

test('binding: with autoAck a failed event is not redelivered', { skip }, async () => {
  await using it = await fixture({ autoack: 'true' });
  let attempts = 0;
  const reading = await it.binding.read(() => {
    attempts++;
    return Promise.reject(new Error('the app responded 500'));
  });
  await it.create('event');
  await eventually(() => attempts === 1, 'the event');
  await wait(700);
  assert.equal(attempts, 1);
  await reading.close(0);
  assert.equal(await it.at.depthOf(it.queue), 0);
});

test('binding: an exclusive queue belongs to one connection', { skip }, async () => {
  await using it = await fixture({ exclusive: 'true' });
  await it.create('mine');
  await assert.rejects(it.open(), /RESOURCE[-_]LOCKED/);
  let received = 0;
  await it.binding.read(async () => {
    received++;
    return nothing;
  });
  await eventually(() => received === 1, 'the event');
});

test('binding: an existing queue with other arguments is an error at the start', { skip }, async () => {
  await using it = await fixture();
  const other = rabbitContext({ host: rabbitUrl, queuename: it.queue, durable: 'true', maxpriority: '3' });
  await assert.rejects(rabbitBinding(other), /inequivalent arg 'x-max-priority'/);
});

test('binding: metadata that is too long for a message is an error', { skip }, async () => {
  await using it = await fixture();
  await assert.rejects(it.create('x', { ttlInSeconds: 'soon' }), /ttl value must be a valid integer/);
  await assert.rejects(it.create('x', { priority: 'high' }), /priority value must be a valid integer/);
  await assert.rejects(it.create('x', { ['n'.repeat(256)]: '1' }), /longer than 255 bytes/);
  await assert.rejects(it.create('x', { big: 'x'.repeat(200_000) }), /longer than 60000 bytes/);
  await it.create('still fine', { large: 'x'.repeat(59_000) });
  assert.equal(await it.at.depthOf(it.queue), 1);
});

test('binding: a message that the broker rejects does not fail others in flight', { skip }, async () => {
  await using it = await fixture();
  const texts = Array.from({ length: 40 }, (_, at) => `event ${at}`);
  // RabbitMQ expects a list, and closes the channel
  const rejected = ['a', 'b', 'c'].map((text) => it.create(text, { CC: text }));
  const created = texts.map((text) => it.create(text));
  for (const outcome of await Promise.allSettled(rejected)) {
    assert.equal(outcome.status, 'rejected');
    assert.match(String(outcome.reason), /rejected the request: .*406/);
  }
  await Promise.all(created);
  await it.create('last');
  const bodies = new Set<string>();
  const channel = await it.at.channel();
  for (
    let next = await channel.get(it.queue, { noAck: true });
    next;
    next = await channel.get(it.queue, { noAck: true })
  )
    bodies.add(next.content.toString());
  assert.deepEqual([...bodies].toSorted(), [...texts, 'last'].toSorted());
});

test('binding: a queue whose name RabbitMQ would change is an error at the start', async () => {
  for (const queuename of ['two\nlines', 'ü'.repeat(128)])
    await assert.rejects(
      async () => await rabbitBinding(rabbitContext({ host: 'amqp://127.0.0.1:1', queuename })),
      /queueName is '.*', it should be a name without line breaks/s,
    );
});
