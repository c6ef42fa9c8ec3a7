import type { ComponentContext } from '#core/component.ts';
import { ttlMsOf } from './message-properties.ts';
import { connectionSettings, parseConnectionString, rabbitReader } from './settings.ts';
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

/** Throws `componentSettingInvalid`. */
export function bindingSettings(context: ComponentContext): BindingSettings {
  const read = rabbitReader(context);
  read.secret('host');
  const address = parseConnectionString('host', read.required('host', 'such as amqp://localhost:5672'));
  const queue = read.required('queueName', 'set it to the queue to read and write');
  if (/[\r\n]/.test(queue) || Buffer.byteLength(queue) > maxNameBytes)
    throw read.invalid('queueName', `a name without line breaks of ${maxNameBytes} bytes at most`);
  const ttlMs = ttlMsOf(context.metadata);
  const maxPriority = Math.min(255, read.integer('maxPriority', -1, { min: 0 }));
  const connection = connectionSettings(read, address, {
    appId: context.appId,
    isExternal: read.boolean('externalSasl', false) || read.boolean('saslExternal', false),
    reconnectWaitMs: read.duration('reconnectWaitInSeconds') ?? 5000,
  });
  const { ca, cert } = connection.tls ?? {};
  return {
    connection: { ...connection, isExternal: connection.isExternal && ca !== undefined && cert !== undefined },
    queue,
    isDurable: read.boolean('durable', false),
    isDeletedWhenUnused: read.boolean('deleteWhenUnused', false),
    isExclusive: read.boolean('exclusive', false),
    isAutoAck: read.boolean('autoAck', false),
    prefetch: read.integer('prefetchCount', 0, { min: 0, max: maxPrefetch }) || defaultPrefetch,
    arguments: {
      ...(ttlMs === undefined ? {} : { 'x-message-ttl': ttlMs }),
      ...(maxPriority < 0 ? {} : { 'x-max-priority': maxPriority }),
    },
    contentType: read.text('contentType', 'text/plain'),
  };
}
