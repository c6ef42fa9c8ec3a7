import { createHash } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';

/** RabbitMQ only marks a message as redelivered; only quorum queues count the deliveries. */
export interface AttemptCounter {
  /** 1 for the first delivery. */
  attemptOf(message: ConsumeMessage): number;
  /** The message is requeued. */
  failed(message: ConsumeMessage, attempt: number): void;
  settled(message: ConsumeMessage): void;
}

/** The number of messages with a stored count; beyond it the oldest counts are removed. */
const maxRemembered = 1000;

/** Counts failed deliveries in this process, by the content of the messages. */
export function attemptCounter(): AttemptCounter {
  const failures = new Map<string, number>();
  return {
    attemptOf(message) {
      if (!message.fields.redelivered) return 1;
      const counted: unknown = message.properties.headers?.['x-delivery-count'];
      return Math.max(failures.get(keyOf(message)) ?? 0, typeof counted === 'number' ? counted : 0) + 1;
    },
    failed(message, attempt) {
      const key = keyOf(message);
      failures.delete(key);
      failures.set(key, attempt);
      if (failures.size > maxRemembered) for (const oldest of failures.keys()) return void failures.delete(oldest);
    },
    settled(message) {
      if (message.fields.redelivered) failures.delete(keyOf(message));
    },
  };
}

function keyOf({ content, fields, properties }: ConsumeMessage): string {
  const hash = createHash('sha256');
  hash.update(`${fields.exchange}\n${fields.routingKey}\n${String(properties.messageId ?? '')}\n`);
  return hash.update(content).digest('base64');
}
