import { AckPolicy, DeliverPolicy, JetStreamApiError, ReplayPolicy } from '@nats-io/jetstream';
import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { resourceName } from './names.ts';
import type { JetStreamSettings } from './settings.ts';

export interface DurableConsumer {
  readonly stream: string;
  readonly name: string;
  /** As the server has it: one that stood before us keeps its own. */
  readonly ackWaitMs: number;
  /** Of the metadata, else the server's. */
  readonly maxDeliver: number;
}

/**
 * The server counts a delivery that nobody finished, as when this process is killed, and after `max_deliver` of them it lets
 * the message lie without a word. It gets some more, so that an interrupted last attempt can be made up for; that no more
 * than `maxDeliver` are refused is counted here.
 */
const spareDeliveries = 5;

/**
 * The durable pull consumer that all replicas of `consumer` share for `subject`; made when there is none. Rejects when
 * one of that name exists that cannot be shared.
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  settings: JetStreamSettings,
  requested: { readonly stream: string; readonly subject: string; readonly consumer: string },
): Promise<DurableConsumer> {
  const { stream, subject } = requested;
  const name = settings.durableName ?? resourceName(requested.consumer, subject);
  const current = await findConsumer(manager, stream, name);
  const info = current ? await adjust(manager, settings, current) : await make(manager, settings, requested, name);
  if (info.config.deliver_subject)
    throw new Error(`consumer ${name} of stream ${stream} pushes, for another runtime: choose another durableName`);
  if (info.config.filter_subject !== subject)
    throw new Error(
      `consumer ${name} of stream ${stream} is for topic ${info.config.filter_subject}, not ${subject}: leave durableName out or give each topic its own component`,
    );
  return {
    stream,
    name,
    ackWaitMs: Math.max(1, (info.config.ack_wait ?? nanos(settings.ackWaitMs)) / 1e6),
    maxDeliver: settings.explicit.maxDeliver ? settings.maxDeliver : (info.config.max_deliver ?? -1),
  };
}

async function findConsumer(
  manager: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await manager.consumers.info(stream, name);
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.status === 404) return undefined;
    throw cause;
  }
}

/** What the metadata names is set on a consumer that stood before us; all else of it stays. */
async function adjust(
  manager: JetStreamManager,
  { explicit, ...settings }: JetStreamSettings,
  info: ConsumerInfo,
): Promise<ConsumerInfo> {
  const { config } = info;
  const maxDeliver = serverMaxDeliver(settings.maxDeliver);
  const changes: Partial<ConsumerConfig> = {
    ...(explicit.ackWait && config.ack_wait !== nanos(settings.ackWaitMs)
      ? { ack_wait: nanos(settings.ackWaitMs) }
      : {}),
    ...(explicit.maxDeliver && config.max_deliver !== maxDeliver ? { max_deliver: maxDeliver } : {}),
    ...(explicit.maxAckPending && config.max_ack_pending !== settings.maxAckPending
      ? { max_ack_pending: settings.maxAckPending }
      : {}),
  };
  if (config.deliver_subject || Object.keys(changes).length === 0) return info;
  return manager.consumers.update(info.stream_name, info.name, changes);
}

function make(
  manager: JetStreamManager,
  settings: JetStreamSettings,
  { stream, subject }: { readonly stream: string; readonly subject: string },
  name: string,
): Promise<ConsumerInfo> {
  const config: Partial<ConsumerConfig> = {
    durable_name: name,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(settings.ackWaitMs),
    max_deliver: serverMaxDeliver(settings.maxDeliver),
    max_ack_pending: settings.maxAckPending,
    replay_policy: ReplayPolicy.Instant,
    ...(settings.memoryStorage ? { mem_storage: true } : {}),
    ...(settings.replicas > 1 ? { num_replicas: settings.replicas } : {}),
    ...startOf(settings),
  };
  return manager.consumers.add(stream, config);
}

function serverMaxDeliver(maxDeliver: number): number {
  return maxDeliver > 0 ? maxDeliver + spareDeliveries : maxDeliver;
}

function startOf({ deliver }: JetStreamSettings): Partial<ConsumerConfig> {
  switch (deliver.from) {
    case 'all':
      return { deliver_policy: DeliverPolicy.All };
    case 'last':
      return { deliver_policy: DeliverPolicy.Last };
    case 'new':
      return { deliver_policy: DeliverPolicy.New };
    case 'sequence':
      return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: deliver.sequence };
    case 'time':
      return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: deliver.time };
  }
}
