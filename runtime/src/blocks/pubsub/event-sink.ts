import type { Call } from '#core/call.ts';

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
  /** The subscription asked for the bulk form. */
  readonly isBulk: boolean;
}

/** `retry` and `drop` say why in `reason`; it is shown to people and travels with a dead letter. */
export type EventAnswer =
  | { readonly verdict: 'success' }
  | { readonly verdict: 'retry' | 'drop'; readonly reason: string };

/** The app as the receiver of events. Rejects with the channel's error when the app cannot be reached. */
export interface EventSink {
  deliver(call: Call, event: EventDelivery): Promise<EventAnswer>;
}
