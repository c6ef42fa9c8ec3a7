import type { Call } from '#core/call.ts';
import type { DeliveryResult } from './delivery-outcome.ts';

/** One event for the app. */
export interface EventDelivery {
  readonly pubsubName: string;
  readonly topic: string;
  /** The chosen route; may be empty for gRPC apps. */
  readonly path: string;
  /** The CloudEvent as JSON in UTF-8. */
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The broker's metadata of the message. */
  readonly metadata: Readonly<Record<string, string>>;
  /** 1 for the first; counts deliveries by the broker and retries of a policy. */
  readonly attempt?: number;
}

/** Several events of one route for the app, in one request. */
export interface BulkDelivery {
  readonly id: string;
  readonly pubsubName: string;
  readonly topic: string;
  readonly path: string;
  readonly entries: readonly BulkEntry[];
}

export interface BulkEntry {
  readonly entryId: string;
  /** The CloudEvent as JSON in UTF-8, or for a raw subscription the message unchanged. */
  readonly data: Uint8Array;
  readonly isRaw: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The app as the receiver of events. Rejects with the channel's error when the app cannot be reached. */
export interface EventSink {
  deliver(call: Call, event: EventDelivery): Promise<DeliveryResult>;
  /** One result for each entry, in their order. */
  deliverBulk(call: Call, events: BulkDelivery): Promise<readonly DeliveryResult[]>;
}
