import { waitUpTo } from '#core/wait-up-to.ts';
import type { ComponentContext } from '#core/component.ts';
import { ScheduledTasks } from '#core/scheduled-tasks.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { connectMqtt } from './connection.ts';
import { type Delivery, interceptMessages } from './manual-acknowledgement.ts';
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
  const redeliveries = new ScheduledTasks(clock);
  let isClosing = false;

  const deliver = (delivery: Delivery, attempt: number): void => {
    if (isClosing) return;
    const { acknowledge, ...message } = delivery;
    const work = handle({ ...message, attempt }).then((result) => {
      running.delete(work);
      if (result.outcome !== 'retry') return acknowledge();
      redeliveries.after(result.afterMs, () => deliver(delivery, attempt + 1));
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
      redeliveries.cancelAll();
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
