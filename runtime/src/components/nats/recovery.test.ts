import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { IncomingMessage, OutgoingMessage } from '#blocks/pubsub/broker.ts';
import type { DeliveryOutcome } from '#blocks/pubsub/delivery-outcome.ts';
import type { ConsumerStatus } from '#core/component.ts';
import { type Log, type LogFields, silentLog } from '#core/log.ts';
import { fasterClock } from '../faster-clock.testing.ts';
import { jetstreamBroker } from './broker.ts';
import { contextFor } from './testing.ts';
import { testServer } from './test-server.ts';

const binary = process.env.TEST_NATS_SERVER ?? '';
const skip = binary ? false : 'TEST_NATS_SERVER (path of a nats-server) is not set';
const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

describe('jetstream broker recovery', { skip, timeout: 120_000 }, () => {
  test('a killed server loses no acknowledged event, and the subscription continues', async () => {
    await using server = await testServer(binary);
    await using broker = await opened(server.url);
    const received = listener();
    await broker.port.subscribe({ topic: 'orders', consumer: 'shop', metadata: {} }, received.handler);

    const stored = new Set<string>();
    let failed = 0;
    let isPublishing = true;
    const caller = async (name: number): Promise<void> => {
      for (let i = 0; isPublishing; i++) {
        const message = event('orders', `${name}-${i}`);
        await broker.port.publish(call, message).then(
          () => stored.add(message.id),
          () => failed++,
        );
      }
    };
    const callers = Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(caller));
    await wait(300);
    await server.kill();
    await wait(300);
    await server.start();
    await wait(1000);
    isPublishing = false;
    await callers;

    await until(() => [...stored].every((id) => received.ids.has(id)), 'every stored event to arrive');
    assert.equal(failed, 0, 'an outage shorter than the limit is waited out');
    assert.ok(stored.size > 100, `${stored.size} events were published`);
  });

  test('an acknowledgement during a disconnect is sent after the reconnect', async () => {
    await using server = await testServer(binary);
    const link = connectionLog();
    await using broker = await opened(server.url, { ackwait: '2s' }, 1, link.log);
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    let started = 0;
    let ended = 0;
    const handler = async (): Promise<DeliveryOutcome> => {
      started++;
      await mayEnd;
      ended++;
      return 'success';
    };
    await broker.port.subscribe({ topic: 'slow', consumer: 'shop', metadata: {} }, handler);
    await broker.port.publish(call, event('slow', 'one'));
    await until(() => started === 1, 'the handler');
    // the server writes the state of a consumer some time after the delivery
    await until(async () => (await storedDeliveries(server.folder)) === 1, 'the stored delivery');
    await server.kill();
    await until(() => link.lost() === 1, 'the disconnect');
    end();
    await until(() => ended === 1, 'the end of the handler');
    await server.start();
    await using inspector = await connect({ servers: server.url });
    const manager = await jetstreamManager(inspector);
    const [consumer] = await manager.consumers.list(await manager.streams.find('slow')).next();
    assert.ok(consumer);
    const status = () => manager.consumers.info(consumer.stream_name, consumer.name);
    await until(async () => (await status()).num_ack_pending === 0, 'the acknowledgement');
    assert.equal((await status()).num_redelivered, 0);
    assert.equal(started, 1);
  });

  test('deleted streams and consumers are created again', async () => {
    await using server = await testServer(binary);
    await using broker = await opened(server.url);
    const received = listener();
    await broker.port.subscribe({ topic: 'stock', consumer: 'shop', metadata: {} }, received.handler);
    await broker.port.publish(call, event('stock', 'before'));
    await until(() => received.texts.includes('before'), 'the first event');
    await server.kill();
    await server.wipe();
    await server.start();
    await broker.port.publish(call, event('stock', 'after the wipe'));
    await until(() => received.texts.includes('after the wipe'), 'the event after the wipe');

    const nats = await connect({ servers: server.url });
    const manager = await jetstreamManager(nats);
    const stream = await manager.streams.find('stock');
    for await (const { name } of manager.consumers.list(stream)) await manager.consumers.delete(stream, name);
    await broker.port.publish(call, event('stock', 'after the consumer went'));
    await until(() => received.texts.includes('after the consumer went'), 'the event after the consumer went');
    await manager.streams.delete(stream);
    await broker.port.publish(call, event('stock', 'after the stream went'));
    await until(() => received.texts.includes('after the stream went'), 'the event after the stream went');
    await nats.close();
  });

  test('publishing to an unreachable server fails after its timeout', async () => {
    await using server = await testServer(binary);
    await using broker = await opened(server.url, {}, 20);
    await broker.port.publish(call, event('t', 'x'));
    await server.kill();
    await wait(100);
    await assert.rejects(
      broker.port.publish(call, event('t', 'y')),
      /no acknowledgement from NATS within 10 s \(not connected/,
    );
  });

  test('a handler slower than ackWait receives its event once', async () => {
    await using server = await testServer(binary);
    await using broker = await opened(server.url, { ackwait: '300ms' });
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    let started = 0;
    const handler = async (): Promise<DeliveryOutcome> => {
      started++;
      await mayEnd;
      return 'success';
    };
    await broker.port.subscribe({ topic: 'slow', consumer: 'shop', metadata: {} }, handler);
    await broker.port.publish(call, event('slow', 'one'));
    await wait(1500);
    end();
    await wait(500);
    assert.equal(started, 1);
  });

  test('a closing subscription returns events that were not started', async () => {
    await using server = await testServer(binary);
    await using broker = await opened(server.url, { concurrency: 'single', ackwait: '1h' });
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    let started = 0;
    const handler = async (): Promise<DeliveryOutcome> => {
      started++;
      await mayEnd;
      return 'success';
    };
    const request = { topic: 't', consumer: 'shop', metadata: {} };
    const leaving = await broker.port.subscribe(request, handler);
    for (const text of ['one', 'two', 'three']) await broker.port.publish(call, event('t', text));
    await until(() => started === 1, 'the handler');
    await wait(100);
    const closed = leaving.close(10_000);
    await using heir = await opened(server.url);
    const received = listener();
    await heir.port.subscribe(request, received.handler);
    await until(() => received.texts.length === 2, 'the other two events long before ackWait');
    end();
    await closed;
    assert.equal(started, 1);
  });

  test('the events of a dead consumer are redelivered to the next one', async () => {
    await using server = await testServer(binary);
    const dying = await opened(server.url, { ackwait: '500ms' });
    let started = 0;
    const handler = async (): Promise<DeliveryOutcome> => {
      started++;
      return new Promise<DeliveryOutcome>(() => {});
    };
    await dying.port.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, handler);
    await dying.port.publish(call, event('t', 'one'));
    await until(() => started === 1, 'the first handler');
    await dying.port.close();
    await using heir = await opened(server.url);
    const received = listener();
    await heir.port.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, received.handler);
    await until(() => received.texts.includes('one'), 'the event to be delivered again');
    assert.equal(received.attempts[0], 2);
  });

  test('maxDeliver: an interrupted last attempt is repeated and marked as the last one', async () => {
    await using server = await testServer(binary);
    const metadata = { ackwait: '300ms', maxdeliver: '1' };
    const dying = await opened(server.url, metadata);
    let started = 0;
    const handler = (): Promise<DeliveryOutcome> => {
      started++;
      return new Promise<DeliveryOutcome>(() => {});
    };
    await dying.port.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, handler);
    await dying.port.publish(call, event('t', 'one'));
    await until(() => started === 1, 'the first handler');
    await dying.port.close();
    await using heir = await opened(server.url, metadata);
    const seen: IncomingMessage[] = [];
    const rejecting = (message: IncomingMessage): Promise<DeliveryOutcome> => (
      seen.push(message),
      Promise.resolve('retry')
    );
    await heir.port.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, rejecting);
    await until(() => seen.length === 1, 'the event to be delivered again');
    await wait(1000);
    assert.deepEqual(
      seen.map(({ isLastAttempt }) => isLastAttempt),
      [true],
    );
  });

  test('consumer status: reports pending and redelivered events', async () => {
    await using server = await testServer(binary);
    const reports: ConsumerStatus[] = [];
    const context = contextFor({ natsurl: server.url, concurrency: 'single', backoff: '100ms' });
    const onConsumer = (status: ConsumerStatus): void => void reports.push(status);
    const broker = await jetstreamBroker({ ...context, clock: fasterClock(60), onConsumer });
    for (const text of ['one', 'two', 'three', 'four']) await broker.publish(call, event('t', text));
    const handler = (): Promise<DeliveryOutcome> => Promise.resolve('retry');
    await broker.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, handler);
    await until(() => reports.some(({ redelivered = 0 }) => redelivered > 0), 'a report');
    const { pending = 0, ackPending = 0, ...rest } = reports.at(-1) ?? { component: '', topic: '' };
    assert.equal(pending + ackPending, 4);
    assert.deepEqual([rest.component, rest.topic], ['pubsub', 't']);
    await broker.close();
    assert.deepEqual(reports.at(-1), { component: 'pubsub', topic: 't' });
  });

  test('messages that wait for another attempt do not block others, except with concurrency single', async () => {
    await using server = await testServer(binary);
    for (const concurrency of ['parallel', 'single']) {
      await using broker = await opened(server.url, { concurrency });
      const topic = `t-${concurrency}`;
      const handled: string[] = [];
      let endWaiting = (): void => {};
      const ended = new Promise<void>((resolve) => (endWaiting = resolve));
      const handler = async (message: IncomingMessage): Promise<DeliveryOutcome> => {
        const text = Buffer.from(message.data).toString('utf8');
        if (text.startsWith('waits')) {
          message.waits?.(true);
          await ended;
          message.waits?.(false);
        }
        handled.push(text);
        return 'success';
      };
      await broker.port.subscribe({ topic, consumer: 'shop', metadata: {} }, handler);
      for (let i = 0; i < 150; i++) await broker.port.publish(call, event(topic, `waits ${i}`));
      await broker.port.publish(call, event(topic, 'honest'));
      if (concurrency === 'parallel') await until(() => handled.length === 1, 'the one that need not wait');
      endWaiting();
      await until(() => handled.length === 151, 'all');
      assert.equal(handled.at(concurrency === 'parallel' ? 0 : -1), 'honest');
    }
  });

  test('ackWait without backOff: rejected messages are redelivered at that interval, and the last attempt is marked', async () => {
    await using server = await testServer(binary);
    await using broker = await opened(server.url, { ackwait: '400ms', maxdeliver: '3' });
    const times: number[] = [];
    const last: unknown[] = [];
    const handler = (message: IncomingMessage): Promise<DeliveryOutcome> => {
      times.push(performance.now());
      last.push(message.isLastAttempt);
      return Promise.resolve('retry');
    };
    await broker.port.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, handler);
    await broker.port.publish(call, event('t', 'one'));
    await until(() => times.length === 3, 'three deliveries');
    await wait(1000);
    assert.deepEqual(last, [undefined, undefined, true]);
    for (const [i, time] of times.slice(1).entries()) {
      const pause = time - (times[i] ?? 0);
      assert.ok(pause >= 340 && pause < 900, `${pause} ms between deliveries`);
    }
  });
});

async function opened(url: string, metadata: Readonly<Record<string, string>> = {}, speed = 1, log: Log = silentLog) {
  const context = contextFor({ natsurl: url, ...metadata }, log);
  const port = await jetstreamBroker({ ...context, clock: fasterClock(speed) });
  return { port, [Symbol.asyncDispose]: () => port.close() };
}

function event(topic: string, text: string): OutgoingMessage {
  return { id: `${topic}/${text}`, topic, data: Buffer.from(text), contentType: 'text/plain', metadata: {} };
}

function listener() {
  const ids = new Set<string>();
  const texts: string[] = [];
  const attempts: (number | undefined)[] = [];
  const handler = (message: IncomingMessage): Promise<DeliveryOutcome> => {
    const text = Buffer.from(message.data).toString('utf8');
    texts.push(text);
    attempts.push(message.attempt);
    ids.add(`${message.topic}/${text}`);
    return Promise.resolve('success');
  };
  return { ids, texts, attempts, handler };
}

/** Counts lost connections. */
function connectionLog() {
  let lost = 0;
  const warn = (_fields: LogFields, text: string): void => void (text.startsWith('NATS connection lost') && lost++);
  return { log: { ...silentLog, warn }, lost: () => lost };
}

/**
 * The unacknowledged deliveries in the one consumer file of a server's folder: after a header of two bytes the sequences of
 * the acknowledgement floor and of the last delivery, two each, and their number. Small numbers are one byte each.
 */
async function storedDeliveries(folder: string): Promise<number | undefined> {
  for await (const file of glob('**/o.dat', { cwd: folder })) return (await readFile(join(folder, file)))[6];
  return undefined;
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; !(await isTrue()); i++) {
    if (i > 2000) assert.fail(`waited 20 s for ${what}`);
    await wait(10);
  }
}
