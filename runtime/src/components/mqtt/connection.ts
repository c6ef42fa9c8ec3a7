import { connect } from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { ComponentContext } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import type { MqttSettings } from './settings.ts';

export interface MqttConnection {
  readonly client: MqttClient;
  /** Resolves when the broker has acknowledged the message. Rejects when it has not done so in time. */
  publish(topic: string, data: Uint8Array, options: { readonly retain: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** Less than a component's init timeout. */
const connectTimeoutMs = 4000;
const responseTimeoutMs = 10_000;
const reconnectMs = 1000;

/**
 * Connects, and reconnects automatically. Rejects when the broker cannot be reached. `prepare` may add listeners to the
 * client before it connects: in a persistent session messages can arrive together with the broker's CONNACK.
 */
export async function connectMqtt(
  { clock, log }: Pick<ComponentContext, 'clock' | 'log'>,
  settings: MqttSettings,
  session: { readonly clientId: string; readonly clean: boolean },
  prepare: (client: MqttClient) => void = () => {},
): Promise<MqttConnection> {
  const { url, address, login, tls, qos } = settings;
  const client = connect(url, {
    ...login,
    ...tls,
    ...session,
    protocolVersion: 4,
    connectTimeout: connectTimeoutMs,
    reconnectPeriod: reconnectMs,
  });
  prepare(client);
  await firstConnection(client).catch(async (cause: unknown) => {
    await client.endAsync(true);
    throw new Error(`the MQTT broker at ${address} cannot be reached: ${textOf(cause)}`, { cause });
  });
  client.on('error', (cause) =>
    log.warn({ broker: address, error: textOf(cause) }, 'the connection to the broker failed'),
  );
  client.on('offline', () => log.warn({ broker: address }, 'the connection to the broker is lost, will reconnect'));

  return {
    client,
    publish(topic, data, { retain }) {
      const timeoutError = (): Error =>
        new Error(`the MQTT broker at ${address} did not respond within ${responseTimeoutMs} ms`);
      const payload = Buffer.from(data.buffer, data.byteOffset, data.length);
      const send = async (): Promise<void> => void (await client.publishAsync(topic, payload, { qos, retain }));
      return withTimeout(clock, responseTimeoutMs, send, timeoutError);
    },
    // forced: unacknowledged messages stay with the broker, and waiting for an unreachable broker would not end
    close: () => client.endAsync(true),
  };
}

/** Fails at the first error: the driver would retry forever and hide a wrong configuration. */
function firstConnection(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const settled = (finish: () => void) => (): void => {
      client.off('connect', onConnect);
      client.off('error', onError);
      client.off('close', onClose);
      // it may still emit errors until it is closed
      client.on('error', () => {});
      finish();
    };
    let reason: Error = new Error('no response');
    const onConnect = settled(resolve);
    const onClose = settled(() => reject(reason));
    const onError = (cause: Error): void => {
      reason = cause;
      onClose();
    };
    client.once('connect', onConnect);
    client.once('close', onClose);
    client.once('error', onError);
  });
}
