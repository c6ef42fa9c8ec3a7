import type { Call } from '#core/call.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';

/**
 * Names as they appear in metadata's `capabilities`. With `BULK_SUBSCRIBE_IMMEDIATE` messages are not collected into
 * batches.
 */
export type BrokerFeature =
  | 'MESSAGE_TTL'
  | 'SUBSCRIBE_WILDCARDS'
  | 'BULK_PUBLISH'
  | 'BULK_SUBSCRIBE'
  | 'BULK_SUBSCRIBE_IMMEDIATE';

export interface OutgoingMessage {
  /** The event's id; a broker that supports it drops a second message with the same id. */
  readonly id: string;
  readonly topic: string;
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface IncomingMessage {
  readonly topic: string;
  readonly data: Uint8Array;
  readonly contentType?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** 1 for the first delivery. Undefined when the broker does not count. */
  readonly attempt?: number;
  /** The broker will not deliver it again, whatever the outcome. */
  readonly isLastAttempt?: boolean;
  /**
   * Notifies the broker that the handler waits for its next attempt, and when that begins: a waiting message does not
   * count against the concurrency limit. Absent where messages are ordered.
   */
  waits?(isWaiting: boolean): void;
}

export interface SubscribeRequest {
  readonly topic: string;
  /** The consumer group: replicas with the same name share the messages. The app id unless configured. */
  readonly consumer: string;
  /** The subscription's own metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Must not throw; runs concurrently up to the broker's limit. After `retry` the broker delivers again later, with a delay
 * that grows by its own rules; any other outcome acknowledges the message.
 */
export type MessageHandler = (message: IncomingMessage) => Promise<DeliveryOutcome>;

export interface BrokerSubscription {
  /** Accepts no new messages, waits for running handlers (at most `drainMs`), leaves the rest to the broker. */
  close(drainMs: number): Promise<void>;
}

/** What the pub/sub block needs from a vendor. */
export interface Broker {
  readonly features: readonly BrokerFeature[];
  /** Resolves when the broker has stored the message. */
  publish(call: Call, message: OutgoingMessage): Promise<void>;
  /** Resolves when messages can arrive. */
  subscribe(request: SubscribeRequest, handler: MessageHandler): Promise<BrokerSubscription>;
  close(): Promise<void>;
}

/** A broker that can stop delivering new messages while running handlers end. */
export interface PausableBroker extends Broker {
  /** Resolves also when the broker turns out not to support it. */
  pause(): Promise<void>;
}

export function isPausable(broker: Broker): broker is PausableBroker {
  return 'pause' in broker;
}
