import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { apps } from '@tidewater/contracts/apps.ts';
import { deadLetterTopicOf, topics, type Topic } from '@tidewater/contracts/topics.ts';
import { natsOptions } from '../../infra/servers/nats.ts';
import { homeOf } from './secrets.ts';
import { eventually, type Running } from './store.ts';

export interface StoredEvent {
  readonly sequence: number;
  readonly id: string;
  readonly type: string;
  readonly traceparent?: string;
  readonly deadletterreason?: string;
  readonly data: {
    readonly orderId?: string;
    readonly status?: string;
    readonly version?: number;
    readonly order?: { readonly orderId: string };
  };
}

export interface ConsumerCount {
  readonly name: string;
  /** Not delivered for the first time yet. */
  readonly pending: number;
  readonly unacknowledged: number;
}

export const orderOf = ({ data }: StoredEvent): string | undefined => data.orderId ?? data.order?.orderId;

/** Direct access to the store's message broker, to inspect it and to inject faults. */
export interface Broker {
  consumers(): Promise<readonly ConsumerCount[]>;
  /** Waits until no consumer has pending or unacknowledged messages. */
  drained(limitMs?: number): Promise<void>;
  /** Events of a topic, oldest first, from a sequence number on. */
  events(topic: string, from?: number): Promise<readonly StoredEvent[]>;
  /** The sequence number that the topic's next event gets. */
  next(topic: string): Promise<number>;
  /** Until the returned function is called, the app reads nothing of the topic; deliveries in progress finish. */
  hold(app: string, topic: string): Promise<() => Promise<void>>;
  /** Waits for an event from `from` on and deletes all that match, before other consumers read them. */
  remove(topic: string, from: number, isTarget: (event: StoredEvent) => boolean): Promise<number>;
  /** SIGKILL, and all its files are removed before it starts again. */
  wipe(): Promise<void>;
  close(): Promise<void>;
}

export const allTopics: readonly string[] = [...Object.values<Topic>(topics), ...apps.map(deadLetterTopicOf)];

const readAtOnce = 100;

export async function openBroker(running: () => Running): Promise<Broker> {
  const connection = await connect({
    ...natsOptions(running().servers.nats),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  });
  const manager = await jetstreamManager(connection, { timeout: 10_000 });

  const events = async (topic: string, from = 1): Promise<readonly StoredEvent[]> => {
    const stream = await manager.streams.find(topic);
    const { first_seq, last_seq } = (await manager.streams.info(stream)).state;
    const result: StoredEvent[] = [];
    for (let at = Math.max(from, first_seq); at <= last_seq; at += readAtOnce) {
      const count = Math.min(readAtOnce, last_seq - at + 1);
      const read = Array.from({ length: count }, (_, index) => eventAt(manager, stream, at + index));
      result.push(...(await Promise.all(read)).filter((event) => event !== undefined));
    }
    return result;
  };

  const consumers = async (): Promise<readonly ConsumerCount[]> => {
    const counts: ConsumerCount[] = [];
    for await (const stream of manager.streams.list())
      for await (const { name, num_pending, num_ack_pending } of manager.consumers.list(stream.config.name))
        counts.push({ name, pending: num_pending, unacknowledged: num_ack_pending });
    return counts;
  };

  return {
    consumers,
    events,
    async drained(limitMs = 30_000) {
      await eventually(
        'all consumers having acknowledged everything',
        async () => (await consumers()).filter(({ pending, unacknowledged }) => pending + unacknowledged > 0),
        (busy) => busy.length === 0,
        limitMs,
      );
    },
    next: async (topic) => (await manager.streams.info(await manager.streams.find(topic))).state.last_seq + 1,
    async hold(app, topic) {
      const stream = await manager.streams.find(topic);
      const name = await consumerOf(manager, stream, app);
      await manager.consumers.pause(stream, name, new Date(Date.now() + 120_000));
      let isHeld = true;
      return async () => {
        if (!isHeld) return;
        isHeld = false;
        await manager.consumers.resume(stream, name);
        // The server checks pending messages only on a pull request. No message fits into one byte, so none is delivered.
        const nothing = JSON.stringify({ batch: 1, max_bytes: 1, expires: 50_000_000 });
        await connection.request(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, nothing).catch(() => undefined);
      };
    },
    async remove(topic, from, isTarget) {
      const result = await eventually(
        `an event to delete from ${topic}`,
        async () => (await events(topic, from)).filter(isTarget),
        (matching) => matching.length > 0,
      );
      const stream = await manager.streams.find(topic);
      for (const { sequence } of result) await manager.streams.deleteMessage(stream, sequence, false);
      return result.length;
    },
    async wipe() {
      const pid = running().pids.nats;
      if (pid === undefined) throw new Error('NATS is not running');
      const folder = join(homeOf(running()), 'nats');
      renameSync(folder, `${folder}.removed`);
      process.kill(pid, 'SIGKILL');
      await eventually(
        'NATS running again',
        () => Promise.resolve(running().pids.nats),
        (now) => now !== undefined && now !== pid,
        20_000,
      );
      rmSync(`${folder}.removed`, { recursive: true, force: true });
    },
    close: () => connection.close(),
  };
}

/** Undefined where it was deleted. */
async function eventAt(manager: JetStreamManager, stream: string, sequence: number): Promise<StoredEvent | undefined> {
  const message = await manager.streams.getMessage(stream, { seq: sequence });
  return message ? { ...message.json<StoredEvent>(), sequence } : undefined;
}

async function consumerOf(manager: JetStreamManager, stream: string, app: string): Promise<string> {
  for await (const { name } of manager.consumers.list(stream)) if (name.startsWith(`${app}-`)) return name;
  throw new Error(`${app} has no consumer on ${stream}`);
}
