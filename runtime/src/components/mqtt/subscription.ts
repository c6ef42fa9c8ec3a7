import type { MqttClient } from 'mqtt';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { Cancel } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { connectMqtt } from './connection.ts';
import type { MqttSettings } from './settings.ts';

export interface MqttMessage {
  readonly topic: string;
  readonly data: Uint8Array;
  readonly isRetained: boolean;
  /** Begins at 1; counted in this process, since MQTT does not count. */
  readonly attempt: number;
}

/** Acknowledged, or delivered again after a delay. */
export type MqttResult =
  | { readonly outcome: 'success' | 'drop' }
  | { readonly outcome: 'retry'; readonly afterMs: number };

export interface MqttSubscription {
  /** Waits for running handlers, at most `drainMs`. With a persistent session the broker stores the rest. */
  close(drainMs: number): Promise<void>;
}

export interface MqttSubscribeOptions {
  readonly topic: string;
  readonly clientId: string;
  /** Ends the subscription at the broker when it is closed. */
  readonly unsubscribesOnClose: boolean;
  /** Must not reject. */
  readonly handle: (message: MqttMessage) => Promise<MqttResult>;
}

interface Delivery {
  readonly topic: string;
  readonly data: Buffer;
  readonly isRetained: boolean;
  readonly acknowledge: () => void;
}

const responseTimeoutMs = 10_000;

/**
 * One topic on a dedicated connection. A message is acknowledged when its handler has succeeded: until then the broker
 * stores it, and sends it again to the next connection with the same client id.
 */
export async function mqttSubscription(
  context: Pick<ComponentContext, 'clock' | 'log'>,
  settings: MqttSettings,
  { topic, clientId, unsubscribesOnClose, handle }: MqttSubscribeOptions,
): Promise<MqttSubscription> {
  const { clock } = context;
  const running = new Set<Promise<void>>();
  const waiting = new Set<Cancel>();
  let isClosing = false;

  const deliver = (delivery: Delivery, attempt: number): void => {
    if (isClosing) return;
    const { acknowledge, ...message } = delivery;
    const work = handle({ ...message, attempt }).then((result) => {
      running.delete(work);
      if (result.outcome !== 'retry') return acknowledge();
      const cancel = clock.after(result.afterMs, () => {
        waiting.delete(cancel);
        deliver(delivery, attempt + 1);
      });
      waiting.add(cancel);
    });
    running.add(work);
  };

  const connection = await connectMqtt(context, settings, { clientId, clean: settings.cleanSession }, (client) =>
    interceptMessages(client, (delivery) => deliver(delivery, 1)),
  );
  const { client } = connection;
  const qos = settings.qos === 0 ? 0 : 1;
  const timeoutError = (): Error =>
    new Error(`the MQTT broker at ${settings.address} did not confirm the subscription`);
  try {
    const granted = await withTimeout(
      clock,
      responseTimeoutMs,
      () => client.subscribeAsync(topic, { qos }),
      timeoutError,
    );
    if (granted.some((grant) => grant.qos > 2))
      throw new Error(`the MQTT broker rejected the subscription to ${topic}`);
  } catch (cause) {
    await connection.close();
    throw cause;
  }

  return {
    async close(drainMs) {
      isClosing = true;
      for (const cancel of waiting) cancel();
      waiting.clear();
      await waitUpTo(clock, drainMs, Promise.all(running));
      if (unsubscribesOnClose && client.connected)
        await waitUpTo(
          clock,
          responseTimeoutMs,
          client.unsubscribeAsync(topic).catch(() => {}),
        );
      await connection.close();
    },
  };
}

/** Delivers each message once, and sends PUBACK only when it is acknowledged. */
function interceptMessages(client: MqttClient, deliver: (delivery: Delivery) => void): void {
  /** By message id: after a reconnect the broker sends again messages that are still being handled here. */
  const open = new Map<number, { data: Buffer; stream: unknown }>();
  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'publish') return;
    const { qos, messageId } = packet;
    const data = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const message = { topic: packet.topic, data, isRetained: packet.retain };
    if (qos !== 1 || messageId === undefined) return deliver({ ...message, acknowledge: () => {} });
    // As QoS 0 the driver sends no acknowledgement and delivers the next message; PUBACK is sent below.
    packet.qos = 0;
    const pending = open.get(messageId);
    // not every broker marks redeliveries; an unacknowledged message id identifies one message
    if (pending?.data.equals(data)) {
      pending.stream = client.stream;
      return;
    }
    const entry = { data, stream: client.stream as unknown };
    open.set(messageId, entry);
    const acknowledge = (): void => {
      if (open.get(messageId) === entry) open.delete(messageId);
      // message ids belong to a connection: an acknowledgement of an old one would match another message
      if (entry.stream === client.stream && client.connected) client.stream.write(pubAck(messageId));
    };
    deliver({ ...message, acknowledge });
  });
}

/** PUBACK of MQTT 3.1.1: four bytes. */
function pubAck(messageId: number): Buffer {
  return Buffer.from([0x40, 0x02, messageId >> 8, messageId & 0xff]);
}
