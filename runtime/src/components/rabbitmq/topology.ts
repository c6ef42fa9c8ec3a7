import type { Channel } from 'amqplib';
import { topicUnusable } from '#blocks/pubsub/errors.ts';
import type { BrokerSettings } from './broker-settings.ts';
import { valueOf } from './message-properties.ts';

/** Names of exchanges and queues, and routing keys, are AMQP short strings. */
const maxBytes = 255;
/** RabbitMQ removes line breaks from declared names, and then does not find the requested name. */
const lineBreak = /[\r\n]/;

export interface QueueRequest {
  readonly topic: string;
  readonly queue: string;
  /** The metadata of the subscription. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Throws `topicUnusable` for a topic that cannot be the name of an exchange. */
export function checkTopic(topic: string): void {
  if (topic === '') throw topicUnusable(topic, 'it is empty');
  if (Buffer.byteLength(topic) > maxBytes) throw topicUnusable(topic, `it is longer than ${maxBytes} bytes`);
  if (lineBreak.test(topic)) throw topicUnusable(topic, 'it has a line break');
  if (topic.startsWith('amq.')) throw topicUnusable(topic, 'names that begin with amq. are reserved for RabbitMQ');
}

/** Throws a TypeError for a key that is too long for AMQP. */
export function routingKeyOf(metadata: Readonly<Record<string, string>>): string {
  const key = valueOf(metadata, 'routingKey') ?? '';
  if (Buffer.byteLength(key) > maxBytes) throw new TypeError(`routingKey is longer than ${maxBytes} bytes`);
  return key;
}

/** The queue in the subscription's metadata, else one for consumer and topic, which replicas share. */
export function queueNameOf(topic: string, consumer: string, metadata: Readonly<Record<string, string>>): string {
  const queue = valueOf(metadata, 'queueName') ?? `${consumer}-${topic}`;
  if (Buffer.byteLength(queue) > maxBytes)
    throw topicUnusable(topic, `the name of its queue, ${queue}, is longer than ${maxBytes} bytes`);
  if (lineBreak.test(queue)) throw topicUnusable(topic, `the name of its queue, ${queue}, has a line break`);
  return queue;
}

/** The exchange of a topic. All declarations have the names and arguments of upstream. */
export async function declareTopic(channel: Channel, settings: BrokerSettings, topic: string): Promise<void> {
  await channel.assertExchange(topic, settings.exchangeKind, {
    durable: settings.isDurable,
    autoDelete: settings.isDeletedWhenUnused,
  });
}

/** The exchange of the topic, the queue bound to it, and with `enableDeadLetter` the dead letter exchange and queue. */
export async function declareQueue(channel: Channel, settings: BrokerSettings, request: QueueRequest): Promise<void> {
  const { topic, queue, metadata } = request;
  const autoDelete = settings.isDeletedWhenUnused;
  await declareTopic(channel, settings, topic);
  if (settings.hasDeadLetterQueue) {
    const [exchange, deadLetterQueue] = [`dlx-${queue}`, `dlq-${queue}`];
    await channel.assertExchange(exchange, 'fanout', { durable: true, autoDelete });
    const args = { ...lengthLimits(settings), 'x-queue-mode': 'lazy' };
    await channel.assertQueue(deadLetterQueue, { durable: true, autoDelete, arguments: args });
    await channel.bindQueue(deadLetterQueue, exchange, '');
  }
  await channel.assertQueue(queue, {
    durable: settings.isDurable,
    autoDelete,
    arguments: {
      ...(settings.hasDeadLetterQueue ? { 'x-dead-letter-exchange': `dlx-${queue}` } : {}),
      ...lengthLimits(settings),
      ...subscriptionArguments(metadata),
    },
  });
  for (const key of routingKeyOf(metadata).split(',')) await channel.bindQueue(queue, topic, key);
}

function lengthLimits({ maxLength, maxLengthBytes }: BrokerSettings): Readonly<Record<string, number>> {
  return {
    ...(maxLength > 0 ? { 'x-max-length': maxLength } : {}),
    ...(maxLengthBytes > 0 ? { 'x-max-length-bytes': maxLengthBytes } : {}),
  };
}

/** Throws a TypeError that names the entry of the subscription's metadata. */
function subscriptionArguments(metadata: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const integer = (entry: string): number | undefined => {
    const text = valueOf(metadata, entry);
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
      throw new TypeError(`${entry} is '${text}', it should be an integer from 0`);
    return Number(text);
  };
  const type = valueOf(metadata, 'queueType') ?? 'classic';
  if (type !== 'classic' && type !== 'quorum')
    throw new TypeError(`invalid queue type ${type}. Valid types are classic and quorum`);
  const [maxPriority, maxLength, maxLengthBytes] = [integer('maxPriority'), integer('maxLen'), integer('maxLenBytes')];
  const isSingle = /^(y|yes|t|true|on|1)$/i.test(valueOf(metadata, 'singleActiveConsumer') ?? '');
  return {
    ...(maxPriority === undefined ? {} : { 'x-max-priority': Math.min(maxPriority, 255) }),
    'x-queue-type': type,
    ...(isSingle ? { 'x-single-active-consumer': true } : {}),
    ...(maxLength === undefined ? {} : { 'x-max-length': maxLength }),
    ...(maxLengthBytes === undefined ? {} : { 'x-max-length-bytes': maxLengthBytes }),
  };
}
