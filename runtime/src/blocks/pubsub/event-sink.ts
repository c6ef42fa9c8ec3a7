import type { Call } from '#core/call.ts';
import type { AttemptStatus } from '#core/policy.ts';

/** One event on its way into the app. */
export interface EventDelivery {
  readonly pubsubName: string;
  readonly topic: string;
  /** The route that was chosen; gRPC apps may have an empty one. */
  readonly path: string;
  /** The CloudEvent as JSON in UTF-8. */
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The broker's metadata of the message. */
  readonly metadata: Readonly<Record<string, string>>;
  /** 1 for the first; deliveries by the broker and those repeated by a policy count alike. */
  readonly attempt?: number;
}

/** Several events of one route on their way into the app, in one request. */
export interface BulkDelivery {
  readonly id: string;
  readonly pubsubName: string;
  readonly topic: string;
  readonly path: string;
  readonly entries: readonly BulkEntry[];
}

export interface BulkEntry {
  readonly entryId: string;
  /** The CloudEvent as JSON in UTF-8, or for a raw subscription the message as it came. */
  readonly data: Uint8Array;
  readonly isRaw: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * `retry` and `drop` say why in `reason`; it is shown to people and travels with a dead letter. `status` is the app's, when
 * that was the reason.
 */
export type DeliveryResult =
  | { readonly outcome: 'success' }
  | { readonly outcome: 'retry' | 'drop'; readonly reason: string; readonly status?: AttemptStatus };

/** The app as the receiver of events. Rejects with the channel's error when the app cannot be reached. */
export interface EventSink {
  deliver(call: Call, event: EventDelivery): Promise<DeliveryResult>;
  /** One answer for each entry, in their order. */
  deliverBulk(call: Call, events: BulkDelivery): Promise<readonly DeliveryResult[]>;
}
