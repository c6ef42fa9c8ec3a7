import type { ComponentContext } from '#core/component.ts';
import { ttlMsOf } from './message-properties.ts';
import { parseConnectionString, settingReader, tlsOf } from './settings.ts';
import type { RabbitSettings } from './settings.ts';

/** The metadata of `bindings.rabbitmq`, read once and complete. */
export interface BindingSettings {
  readonly connection: RabbitSettings;
  readonly queue: string;
  readonly isDurable: boolean;
  readonly isDeletedWhenUnused: boolean;
  readonly isExclusive: boolean;
  readonly isAutoAck: boolean;
  /** 0: no limit. */
  readonly prefetch: number;
  /** The arguments of the queue: time to live and priority of messages. */
  readonly arguments: Readonly<Record<string, number>>;
  readonly contentType: string;
}

/** Upstream has no limit and would prefetch the whole queue. */
const defaultPrefetch = 1000;
const maxPrefetch = 65_535;
const maxNameBytes = 255;

/** Throws an Error that names the entry, its value and what it should be. Keys are in lower case. */
export function bindingSettings(context: ComponentContext): BindingSettings {
  const read = settingReader(context);
  const host = read.text('host');
  if (host === '') throw read.missing('host', 'such as amqp://localhost:5672');
  const queue = read.text('queueName');
  if (queue === '') throw read.missing('queueName', 'set it to the queue to read and write');
  if (/[\r\n]/.test(queue) || Buffer.byteLength(queue) > maxNameBytes)
    throw read.invalid('queueName', `a name without line breaks of ${maxNameBytes} bytes at most`);
  const ttlMs = ttlMsOf(context.metadata);
  const maxPriority = read.text('maxPriority') === '' ? undefined : Math.min(255, read.integer('maxPriority', 0));
  const { protocol, ...address } = parseConnectionString('host', host);
  const tls = tlsOf(read);
  const hasTls = tls.ca !== undefined && tls.cert !== undefined;
  const isExternal = read.boolean('externalSasl', false) || read.boolean('saslExternal', false);
  return {
    connection: {
      ...address,
      address: `${address.hostname}:${address.port}`,
      isExternal: isExternal && hasTls && protocol === 'amqps',
      tls: protocol === 'amqps' ? tls : undefined,
      connectionName: read.text('clientName') || `outrigger-${context.appId}`,
      heartbeatSeconds: Math.ceil(read.milliseconds('heartBeat', 10_000) / 1000),
      reconnectWaitMs: read.milliseconds('reconnectWaitInSeconds', 5000),
    },
    queue,
    isDurable: read.boolean('durable', false),
    isDeletedWhenUnused: read.boolean('deleteWhenUnused', false),
    isExclusive: read.boolean('exclusive', false),
    isAutoAck: read.boolean('autoAck', false),
    prefetch: read.integer('prefetchCount', 0, maxPrefetch) || defaultPrefetch,
    arguments: {
      ...(ttlMs === undefined ? {} : { 'x-message-ttl': ttlMs }),
      ...(maxPriority === undefined ? {} : { 'x-max-priority': maxPriority }),
    },
    contentType: read.text('contentType') || 'text/plain',
  };
}
