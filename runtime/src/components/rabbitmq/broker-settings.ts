import type { SettingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';
import { ttlMsOf } from './message-properties.ts';
import { connectionSettings, parseConnectionString, rabbitReader } from './settings.ts';
import type { BrokerAddress, RabbitSettings } from './settings.ts';

/** The metadata of `pubsub.rabbitmq`, read once and complete. */
export interface BrokerSettings {
  readonly connection: RabbitSettings;
  readonly exchangeKind: 'fanout' | 'topic' | 'direct' | 'headers';
  readonly isDurable: boolean;
  readonly isDeletedWhenUnused: boolean;
  readonly hasDeadLetterQueue: boolean;
  /** 0: no limit. */
  readonly maxLength: number;
  readonly maxLengthBytes: number;
  readonly isAutoAck: boolean;
  readonly isRequeued: boolean;
  /** 0 and 1: transient; messages are lost when the broker restarts. */
  readonly deliveryMode: number;
  readonly isConfirmed: boolean;
  /** Unacknowledged messages per subscription. */
  readonly prefetch: number;
  /** Handlers that run at once, per subscription. */
  readonly concurrency: number;
  /** The default for messages without a time to live. */
  readonly ttlMs: number | undefined;
  readonly passesProperties: boolean;
}

/** Upstream has no limit, and would deliver a whole backlog to the app at once. */
const defaultPrefetch = 1000;
const defaultConcurrency = 100;
const maxPrefetch = 65_535;

/** Throws `componentSettingInvalid`. */
export function brokerSettings(context: ComponentContext): BrokerSettings {
  const read = rabbitReader(context);
  const prefetch = read.integer('prefetchCount', 0, { min: 0, max: maxPrefetch });
  // upstream documents `concurrency` and reads `concurrencyMode`
  const mode = read.oneOf(read.nameOf('concurrency', 'concurrencyMode'), ['parallel', 'single'], 'parallel');
  return {
    connection: connectionOf(context, read),
    exchangeKind: read.oneOf('exchangeKind', ['fanout', 'topic', 'direct', 'headers'], 'fanout'),
    isDurable: read.boolean('durable', true),
    isDeletedWhenUnused: read.boolean('deletedWhenUnused', true),
    hasDeadLetterQueue: read.boolean('enableDeadLetter', false),
    maxLength: read.integer('maxLen', 0, { min: 0 }),
    maxLengthBytes: read.integer('maxLenBytes', 0, { min: 0 }),
    isAutoAck: read.boolean('autoAck', false),
    isRequeued: read.boolean('requeueInFailure', false),
    deliveryMode: read.integer('deliveryMode', 0, { min: 0, max: 2 }),
    isConfirmed: read.boolean('publisherConfirm', true),
    prefetch: prefetch || defaultPrefetch,
    concurrency: mode === 'single' ? 1 : prefetch || defaultConcurrency,
    ttlMs: ttlMsOf(context.metadata),
    passesProperties: read.boolean('publishMessagePropertiesToMetadata', false),
  };
}

function connectionOf({ appId }: ComponentContext, read: SettingsReader): RabbitSettings {
  const address = addressOf(read);
  const isExternal = read.boolean('saslExternal', false);
  if (isExternal && (read.text('caCert') === '' || read.pair('clientCert', 'clientKey') === undefined))
    throw read.invalid('saslExternal', 'false unless caCert, clientCert and clientKey are set');
  return connectionSettings(read, address, {
    appId,
    isExternal,
    reconnectWaitMs: read.duration('reconnectWaitSeconds') ?? 3000,
  });
}

/** From a connection string, or from individual entries. */
function addressOf(read: SettingsReader): BrokerAddress {
  const entry = read.nameOf('connectionString', 'host');
  const text = read.secret(entry);
  const protocol = read.text('protocol');
  if (protocol !== '' && protocol !== 'amqp' && protocol !== 'amqps') throw read.invalid('protocol', 'amqp or amqps');
  if (text === '') {
    const address = parseConnectionString('hostname', `${protocol || 'amqp'}://${read.text('hostname')}`);
    const username = read.text('username');
    if (username === '') return address;
    return { ...address, username, password: read.secret('password') || address.password };
  }
  const address = parseConnectionString(entry, text);
  if (protocol !== '' && protocol !== address.protocol)
    throw read.invalid('protocol', `${address.protocol}, as in the connection string`);
  return address;
}
