import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Call } from '#core/call.ts';
import type { Broker, IncomingMessage, OutgoingMessage } from './broker.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';

/** A broker under test, isolated from other tests. */
export interface BrokerBench extends AsyncDisposable {
  readonly broker: Broker;
  /** Another sidecar on the same broker; undefined for a broker that lives inside one process. */
  readonly second?: Broker;
  /** A topic of this name that no other case uses. */
  topic(name: string): string;
  /** Lets time pass, so that pending delays end. */
  pass(ms: number): Promise<void>;
  /** Milliseconds that grow with `pass`. */
  now(): number;
}

/** For a broker in real time. */
export const realTime: Pick<BrokerBench, 'pass' | 'now'> = {
  pass: async (ms) => {
    await wait(ms);
  },
  now: () => performance.now(),
};

export type BrokerCase =
  | 'publish and subscribe'
  | 'many at once'
  | 'shared consumer'
  | 'two consumers'
  | 'redelivery'
  | 'one at a time'
  | 'durable'
  | 'large'
  | 'drain'
  | 'metadata'
  | 'odd topics'
  | 'dedupe';

export interface ConformanceOptions {
  /** Skips the whole suite, with a log line. */
  readonly skip?: string | false;
  /** Cases that this broker does not guarantee, each with the reason. */
  readonly without?: Partial<Readonly<Record<BrokerCase, string>>>;
}

const waitLimitMs = 15_000;

/**
 * The guarantees of every broker. `open` is called for each case; `ordered` requests a broker that handles one message
 * at a time.
 */
export function brokerConformance(
  name: string,
  open: (wish?: 'ordered') => Promise<BrokerBench>,
  options: ConformanceOptions = {},
): void {
  const promise = (title: BrokerCase, sentence: string, run: (bench: BrokerBench) => Promise<void>): void => {
    const skip = options.skip || options.without?.[title] || false;
    test(sentence, { skip, timeout: 60_000 }, async () => {
      await using bench = await open(title === 'one at a time' ? 'ordered' : undefined);
      await run(bench);
    });
  };

  describe(`broker: ${name}`, () => {
    promise('publish and subscribe', 'publish: a message reaches the subscriber unchanged', async (bench) => {
      const received = listener();
      const topic = bench.topic('plain');
      await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, received.handler);
      await bench.broker.publish(call, message(topic, 'hello'));
      const [first] = await received.atLeast(1, bench);
      assert.equal(first?.topic, topic);
      assert.equal(textOf(first), 'hello');
      if (!options.without?.metadata) assert.equal(first?.contentType, 'text/plain');
      assert.equal(first?.attempt ?? 1, 1, 'a broker that counts begins at 1');
    });

    promise('many at once', 'publish: none of many concurrent messages is lost', async (bench) => {
      const received = listener();
      const topic = bench.topic('many');
      await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, received.handler);
      const texts = Array.from({ length: 1000 }, (_, i) => String(i));
      await Promise.all(texts.map((text) => bench.broker.publish(call, message(topic, text))));
      await received.atLeast(texts.length, bench);
      assert.deepEqual(new Set(received.texts()), new Set(texts));
    });

    promise(
      'shared consumer',
      'subscribe: two subscribers with one consumer name share the messages',
      async (bench) => {
        const one = listener();
        const two = listener();
        const topic = bench.topic('shared');
        const request = { topic, consumer: 'shop', metadata: {} };
        await bench.broker.subscribe(request, one.handler);
        await (bench.second ?? bench.broker).subscribe(request, two.handler);
        for (let i = 0; i < 400; i++) await bench.broker.publish(call, message(topic, String(i)));
        await until(bench, () => one.messages.length + two.messages.length >= 400, 'all 400 messages');
        await bench.pass(100);
        assert.equal(one.messages.length + two.messages.length, 400);
        assert.ok(one.messages.length > 0 && two.messages.length > 0, 'both had a part');
      },
    );

    promise('two consumers', 'subscribe: each consumer name gets every message', async (bench) => {
      const one = listener();
      const two = listener();
      const topic = bench.topic('fan-out');
      await bench.broker.subscribe({ topic, consumer: 'catalog', metadata: {} }, one.handler);
      await bench.broker.subscribe({ topic, consumer: 'payment', metadata: {} }, two.handler);
      for (let i = 0; i < 20; i++) await bench.broker.publish(call, message(topic, String(i)));
      await one.atLeast(20, bench);
      await two.atLeast(20, bench);
      assert.deepEqual(new Set(one.texts()), new Set(two.texts()));
    });

    promise(
      'redelivery',
      'redelivery: a rejected message is redelivered with growing delays and counts its attempts',
      async (bench) => {
        const times: number[] = [];
        const attempts: (number | undefined)[] = [];
        const topic = bench.topic('rejected');
        const handler = ({ attempt }: IncomingMessage): Promise<DeliveryOutcome> => {
          times.push(bench.now());
          attempts.push(attempt);
          return Promise.resolve(times.length < 4 ? 'retry' : 'success');
        };
        await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, handler);
        await bench.broker.publish(call, message(topic, 'again'));
        await until(bench, () => times.length >= 4, 'four deliveries');
        assert.deepEqual(attempts, [1, 2, 3, 4]);
        const [first = 0, second = 0, third = 0, fourth = 0] = times;
        assert.ok(third - second > second - first, `the second wait is longer: ${times.join(' ')}`);
        assert.ok(fourth - third > third - second, `the third wait is longer: ${times.join(' ')}`);
        await bench.pass(500);
        assert.equal(times.length, 4, 'acknowledged messages do not come back');
      },
    );

    promise('one at a time', 'order: messages handled one at a time keep their order', async (bench) => {
      const texts: string[] = [];
      let running = 0;
      let most = 0;
      const topic = bench.topic('ordered');
      const handler = async (incoming: IncomingMessage): Promise<DeliveryOutcome> => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => setImmediate(resolve));
        texts.push(textOf(incoming));
        running--;
        return 'success';
      };
      await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, handler);
      const expected = Array.from({ length: 200 }, (_, i) => String(i));
      for (const text of expected) await bench.broker.publish(call, message(topic, text));
      await until(bench, () => texts.length >= expected.length, 'all 200 messages');
      assert.deepEqual(texts, expected);
      assert.equal(most, 1);
    });

    promise(
      'durable',
      'durable: messages published while a consumer is disconnected are delivered later',
      async (bench) => {
        const topic = bench.topic('disconnected');
        const request = { topic, consumer: 'shop', metadata: {} };
        const before = listener();
        const subscription = await bench.broker.subscribe(request, before.handler);
        await bench.broker.publish(call, message(topic, 'here'));
        await before.atLeast(1, bench);
        await subscription.close(1000);
        for (const text of ['one', 'two', 'three']) await bench.broker.publish(call, message(topic, text));
        const after = listener();
        await bench.broker.subscribe(request, after.handler);
        await after.atLeast(3, bench);
        assert.deepEqual(new Set(after.texts()), new Set(['one', 'two', 'three']));
      },
    );

    promise('large', 'large: a message of 900 kB arrives complete', async (bench) => {
      const received = listener();
      const topic = bench.topic('large');
      await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, received.handler);
      const text = 'abcdefghi'.repeat(100_000);
      await bench.broker.publish(call, message(topic, text));
      const [first] = await received.atLeast(1, bench);
      assert.equal(textOf(first), text);
    });

    promise('drain', 'close: waits for the running handler and accepts no more messages', async (bench) => {
      const topic = bench.topic('closing');
      const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
      let started = 0;
      let ended = 0;
      const handler = async (): Promise<DeliveryOutcome> => {
        started++;
        await mayEnd;
        ended++;
        return 'success';
      };
      const subscription = await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, handler);
      await bench.broker.publish(call, message(topic, 'slow'));
      await until(bench, () => started === 1, 'the handler');
      let isClosed = false;
      const closing = subscription.close(30_000).then(() => (isClosed = true));
      await bench.pass(50);
      assert.equal(isClosed, false);
      end();
      await until(bench, () => isClosed, 'the end of closing');
      await closing;
      assert.equal(ended, 1);
      await bench.broker.publish(call, message(topic, 'late'));
      await bench.pass(100);
      assert.equal(started, 1);
    });

    promise('metadata', 'metadata: metadata and content type are delivered unchanged', async (bench) => {
      const received = listener();
      const topic = bench.topic('metadata');
      await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, received.handler);
      const metadata = { 'x-Shop': 'Zürich – east', ttlInSeconds: '60', empty: '' };
      await bench.broker.publish(call, { ...message(topic, 'x'), metadata, contentType: 'application/json' });
      const [first] = await received.atLeast(1, bench);
      assert.equal(first?.contentType, 'application/json');
      for (const [key, value] of Object.entries(metadata)) assert.equal(first?.metadata[key], value);
    });

    promise('odd topics', 'topics: names with dots, slashes and other characters are distinct', async (bench) => {
      const names = ['a.b.c', 'a/b', 'a-b', 'a b', 'größe', 'a:b=1,2', 'a_b'];
      const received = new Map(names.map((name) => [bench.topic(name), listener()]));
      for (const [topic, { handler }] of received)
        await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, handler);
      for (const topic of received.keys()) await bench.broker.publish(call, message(topic, topic));
      for (const [topic, one] of received) {
        const [first] = await one.atLeast(1, bench);
        assert.equal(first?.topic, topic);
        assert.equal(textOf(first), topic);
      }
      await bench.pass(100);
      for (const { messages } of received.values()) assert.equal(messages.length, 1);
    });

    promise('dedupe', 'dedupe: a second message with the same id is dropped', async (bench) => {
      const received = listener();
      const topic = bench.topic('twice');
      await bench.broker.subscribe({ topic, consumer: 'shop', metadata: {} }, received.handler);
      const once = message(topic, 'once');
      await bench.broker.publish(call, once);
      await bench.broker.publish(call, once);
      await bench.broker.publish(call, message(topic, 'other'));
      await received.atLeast(2, bench);
      await bench.pass(100);
      assert.deepEqual(new Set(received.texts()), new Set(['once', 'other']));
      assert.equal(received.messages.length, 2);
    });
  });
}

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

let serial = 0;

function message(topic: string, text: string): OutgoingMessage {
  return {
    id: `event-${process.pid}-${serial++}`,
    topic,
    data: Buffer.from(text),
    contentType: 'text/plain',
    metadata: {},
  };
}

function listener() {
  const messages: IncomingMessage[] = [];
  return {
    messages,
    texts: () => messages.map(textOf),
    handler: (incoming: IncomingMessage): Promise<DeliveryOutcome> => {
      messages.push(incoming);
      return Promise.resolve('success');
    },
    async atLeast(count: number, bench: BrokerBench): Promise<readonly IncomingMessage[]> {
      await until(bench, () => messages.length >= count, `${count} messages`);
      return messages;
    },
  };
}

async function until(bench: BrokerBench, isTrue: () => boolean, what: string): Promise<void> {
  const deadline = bench.now() + waitLimitMs;
  while (!isTrue()) {
    if (bench.now() > deadline) assert.fail(`waited ${waitLimitMs} ms for ${what}`);
    await bench.pass(5);
  }
}

function textOf(message: IncomingMessage | undefined): string {
  return message ? Buffer.from(message.data).toString('utf8') : '';
}
