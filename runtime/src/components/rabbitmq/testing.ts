import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect as connectTcp, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import type { Broker, BrokerSubscription, OutgoingMessage } from '#blocks/pubsub/broker.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { type Log, silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { fasterClock } from '../faster-clock.testing.ts';

/** The broker of `TEST_RABBITMQ_URL`, and the reason to skip tests that need it. */
export const rabbitUrl = process.env.TEST_RABBITMQ_URL ?? '';
export const skipWithoutRabbit = rabbitUrl === '' ? 'TEST_RABBITMQ_URL is not set' : false;

export const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

/** Durable queues and persistent messages. */
export const lasting = { deletedwhenunused: 'false', deliverymode: '2' };

export interface ContextOptions {
  readonly log?: Log;
  readonly clock?: Clock;
  readonly url?: string;
}

/** A component context against a real broker, with the real clock. Metadata keys are in lower case. */
export function rabbitContext(
  metadata: Readonly<Record<string, string>> = {},
  { log = silentLog, clock = systemClock(), url = rabbitUrl }: ContextOptions = {},
): ComponentContext {
  return {
    name: 'rabbitmq',
    type: 'pubsub.rabbitmq',
    version: 'v1',
    metadata: { connectionstring: url, ...metadata },
    appId: 'shop',
    namespace: '',
    log,
    clock,
    random: seededRandom(),
  };
}

let serial = 0;

export function message(
  topic: string,
  text = `event ${serial}`,
  metadata: Readonly<Record<string, string>> = {},
): OutgoingMessage {
  return { id: `event-${serial++}`, topic, data: Buffer.from(text), contentType: 'text/plain', metadata };
}

export function uniqueName(): string {
  return `test-${randomUUID().slice(0, 13)}`;
}

/** The test's own connection, for setup, checks and cleanup. */
export interface Admin extends AsyncDisposable {
  readonly model: ChannelModel;
  /** A channel whose errors are ignored. */
  channel(): Promise<Channel>;
  /** The number of ready messages in a queue; undefined when the queue does not exist. */
  depthOf(queue: string): Promise<number | undefined>;
  /** Removes the queue, its dead letter queue and their exchanges at the end. */
  removeLater(topic: string, queue: string): void;
}

export async function admin(url = rabbitUrl): Promise<Admin> {
  const model = await connect(url);
  model.on('error', () => {});
  const queues = new Set<string>();
  const exchanges = new Set<string>();
  const open = async (): Promise<Channel> => {
    const channel = await model.createChannel();
    channel.on('error', () => {});
    return channel;
  };
  return {
    model,
    channel: open,
    async depthOf(queue) {
      const channel = await open();
      try {
        const { messageCount } = await channel.checkQueue(queue);
        await channel.close();
        return messageCount;
      } catch {
        return undefined;
      }
    },
    removeLater(topic, queue) {
      for (const name of [queue, `dlq-${queue}`]) queues.add(name);
      for (const name of [topic, `dlx-${queue}`]) exchanges.add(name);
    },
    async [Symbol.asyncDispose]() {
      const channel = await open();
      for (const queue of queues) await channel.deleteQueue(queue);
      for (const exchange of exchanges) if (exchange !== '') await channel.deleteExchange(exchange);
      await model.close();
    },
  };
}

/** The same broker, whose queues are removed at the end of the test. */
export function removing(broker: Broker, at: Admin): Broker {
  return {
    ...broker,
    subscribe(request, handler): Promise<BrokerSubscription> {
      at.removeLater(request.topic, request.metadata['queueName'] ?? `${request.consumer}-${request.topic}`);
      return broker.subscribe(request, handler);
    },
    publish(to, outgoing) {
      at.removeLater(outgoing.topic, `shop-${outgoing.topic}`);
      return broker.publish(to, outgoing);
    },
  };
}

/** A proxy in front of the broker that simulates network failures. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Closes every connection; with `isClosed` new ones are rejected until `open`. */
  break(isClosed?: boolean): void;
  open(): void;
  /** Drops all data without closing the connections. */
  stall(): void;
}

export async function proxy(to = rabbitUrl): Promise<Proxy> {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let isClosed = false;
  let isStalled = false;
  const server = createServer((near) => {
    if (isClosed) return void near.destroy();
    const far = connectTcp(Number(target.port || 5672), target.hostname);
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => {
        if (!isStalled) other.write(data);
      });
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(to);
  url.host = `127.0.0.1:${port}`;
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    break(closed = false) {
      isClosed = closed;
      breakAll();
    },
    open() {
      isClosed = false;
      isStalled = false;
    },
    stall() {
      isStalled = true;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      breakAll();
      await once(server, 'close');
    },
  };
}

export async function eventually(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const giveUpAt = performance.now() + 15_000; !(await isTrue());) {
    if (performance.now() > giveUpAt) throw new Error(`waited 15 s for ${what}`);
    await wait(5);
  }
}

/** Runs ten times as fast, for timeouts. */
export const fastClock = fasterClock(10);
