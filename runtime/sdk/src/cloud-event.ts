/** An event as it arrives, with what the sidecar added. */
export interface CloudEvent<T = unknown> {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly data: T;
  readonly topic: string;
  readonly pubsubname: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly traceparent?: string;
  /** 1 for the first delivery; absent on sidecars that do not count. */
  readonly attempt?: number;
}

/** An event to be published. */
export interface OutgoingEvent {
  readonly pubsub: string;
  readonly topic: string;
  /** The CloudEvent type. */
  readonly type: string;
  /** JSON. */
  readonly data: unknown;
  /** The CloudEvent id; consumers handle an id once. Chosen by the SDK inside a turn and by the sidecar elsewhere when absent. */
  readonly id?: string;
  /** For the broker component. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The metadata of an event for the sidecar. */
export function eventMetadata(event: OutgoingEvent): Record<string, string> {
  const metadata: Record<string, string> = { ...event.metadata, 'cloudevent.type': event.type };
  if (event.id !== undefined) metadata['cloudevent.id'] = event.id;
  return metadata;
}

/** Reads what a sidecar delivered; undefined when it is no CloudEvent. */
export function parseCloudEvent(body: string): CloudEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null) return undefined;
  const { id, type } = event as Partial<CloudEvent>;
  return typeof id === 'string' && typeof type === 'string' ? (event as CloudEvent) : undefined;
}
