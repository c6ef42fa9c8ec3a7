import { AckPolicy, DeliverPolicy, JetStreamApiError, ReplayPolicy } from '@nats-io/jetstream';
import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { resourceName } from './names.ts';
import type { JetStreamSettings } from './settings.ts';

export interface DurableConsumer {
  readonly stream: string;
  readonly name: string;
  /** The server's value: an existing consumer keeps its own. */
  readonly ackWaitMs: number;
  /** From the metadata, else from the server. */
  readonly maxDeliver: number;
}

/**
 * The server also counts interrupted deliveries, for example of a killed process, and silently stops delivering a message
 * after `max_deliver`. The server's limit is higher than `maxDeliver`, so that an interrupted last attempt can be repeated;
 * `maxDeliver` itself is enforced by the subscription.
 */
const spareDeliveries = 5;

/**
 * The durable pull consumer that all replicas of `consumer` share for `subject`; created when it is missing. Rejects when
 * a consumer with that name exists and cannot be shared.
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
    throw new Error(
      `consumer ${name} of stream ${stream} is a push consumer of another runtime: choose another durableName`,
    );
  if (info.config.filter_subject !== subject)
    throw new Error(
      `consumer ${name} of stream ${stream} is for topic ${info.config.filter_subject}, not ${subject}: remove durableName or use one component for each topic`,
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

/** Applies the entries that the metadata sets to an existing consumer; its other settings stay. */
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
