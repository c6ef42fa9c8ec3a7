import type { Channel, ConsumeMessage } from 'amqplib';
import type { BindingEventHandler, InputBinding, OutputBinding } from '#blocks/bindings/binding.ts';
import type { DeliveryOutcome } from '#blocks/pubsub/delivery-outcome.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { openSubscriptions } from '#core/open-subscriptions.ts';
import { bindingSettings } from './binding-settings.ts';
import { declareOn, openRabbit } from './connection.ts';
import { type RabbitDelivery, rabbitConsumer } from './consumer.ts';
import { namedProperties, priorityOf, ttlMsOf } from './message-properties.ts';
import { rabbitPublisher } from './publisher.ts';

const defaultExchange = '';
const persistent = 2;
const maxNameBytes = 255;
/** The driver truncates headers beyond 64 KiB. */
const maxHeaderBytes = 60_000;

/** `bindings.rabbitmq`: the messages of one queue as events, and `create` to publish to it. */
export const rabbitBinding: Factory<InputBinding & OutputBinding> = async (context) => {
  const settings = bindingSettings(context);
  const { queue, isDurable: durable, isDeletedWhenUnused: autoDelete, isExclusive: exclusive } = settings;
  // an exclusive queue belongs to one connection, so input and output share the connection
  const link = await openRabbit(context, settings.connection);
  const declare = async (channel: Channel): Promise<void> => {
    await channel.assertQueue(queue, { durable, autoDelete, exclusive, arguments: settings.arguments });
  };
  try {
    await declareOn(link, await link.connected(context.clock.monotonic()), declare);
  } catch (cause) {
    await link.close();
    throw cause;
  }
  const open = openSubscriptions();
  const publisher = rabbitPublisher({ context, link, isConfirmed: true, declare });

  return {
    operations: ['create'],
    async invoke(_call, { data, metadata }) {
      const ttlMs = ttlMsOf(metadata);
      const priority = priorityOf(metadata);
      await publisher.publish({
        exchange: defaultExchange,
        routingKey: queue,
        data,
        properties: {
          contentType: settings.contentType,
          deliveryMode: persistent,
          headers: checkedHeaders(metadata),
          ...(ttlMs === undefined ? {} : { expiration: String(ttlMs) }),
          ...(priority === undefined ? {} : { priority }),
          ...namedProperties(metadata),
        },
      });
      return undefined;
    },
    async read(handler) {
      const subscription = await rabbitConsumer({
        context,
        link,
        fields: { binding: context.name, queue },
        queue,
        declare,
        prefetch: settings.prefetch,
        // one at a time and in order, as upstream
        concurrency: 1,
        isAutoAck: settings.isAutoAck,
        isRequeued: true,
        handle: (delivery) => deliver(context, handler, delivery),
      });
      return open.add(subscription);
    },
    async close() {
      await open.closeAll();
      await link.close();
    },
  };
};

function deliver(
  { log, name }: ComponentContext,
  handler: BindingEventHandler,
  { message, attempt }: RabbitDelivery,
): Promise<DeliveryOutcome> {
  return handler({ data: message.content, metadata: headersOf(message) }).then(
    () => 'success',
    (cause: unknown) => {
      log.warn({ binding: name, attempt, error: textOf(cause) }, 'the app rejected an event, it is redelivered');
      return 'retry';
    },
  );
}

function checkedHeaders(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    const nameBytes = Buffer.byteLength(name);
    if (nameBytes > maxNameBytes) throw new TypeError(`a name in the metadata is longer than ${maxNameBytes} bytes`);
    bytes += nameBytes + Buffer.byteLength(value) + 6;
  }
  if (bytes > maxHeaderBytes) throw new TypeError(`the metadata is longer than ${maxHeaderBytes} bytes`);
  return metadata;
}

/** Names are query-escaped, as upstream, so that they can be sent as HTTP headers. */
function headersOf({ properties }: ConsumeMessage): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries((properties.headers ?? {}) as Readonly<Record<string, unknown>>))
    if (typeof value === 'string') metadata[queryEscaped(name)] = value;
  return metadata;
}

/** As Go's `url.QueryEscape`. */
function queryEscaped(name: string): string {
  const escaped = encodeURIComponent(name.toWellFormed());
  return escaped
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
