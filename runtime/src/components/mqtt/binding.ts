import type { InputBinding, OutputBinding } from '#blocks/bindings/binding.ts';
import { settingsReader } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { type MqttConnection, connectMqtt } from './connection.ts';
import { mqttSettings } from './settings.ts';
import { mqttSubscription } from './subscription.ts';

const retryMs = 5000;

/** `bindings.mqtt3`: messages of one topic as events, and `create` to publish one. */
export const mqttBinding: Factory<InputBinding & OutputBinding> = async (context) => {
  const { log, name } = context;
  const settings = mqttSettings(context);
  const { consumerId, maxRetries } = settings;
  const read = settingsReader(context);
  read.required('consumerID', 'set it to a name of this consumer');
  read.required('topic', 'set it to the topic to read and write');
  const producer: MqttConnection = await connectMqtt(context, settings, {
    clientId: `${consumerId}-producer`,
    clean: true,
  });

  return {
    operations: ['create'],
    async invoke(_call, { data, metadata }) {
      await producer.publish(metadata['topic'] || settings.topic, data, { retain: settings.retain });
      return undefined;
    },
    read: (handler) =>
      mqttSubscription(context, settings, {
        topic: settings.topic,
        clientId: `${consumerId}-consumer`,
        unsubscribesOnClose: false,
        handle: ({ topic, data, attempt }) =>
          handler({ data, metadata: { topic } }).then(
            () => ({ outcome: 'success' }),
            (cause: unknown) => {
              const isOver = maxRetries !== undefined && attempt > maxRetries;
              const logFields = { binding: name, topic, attempt, error: textOf(cause) };
              log.warn(logFields, isOver ? 'the app rejected an event: it is dropped' : 'the app rejected an event');
              return isOver ? { outcome: 'drop' } : { outcome: 'retry', afterMs: retryMs };
            },
          ),
      }),
    close: () => producer.close(),
  };
};
