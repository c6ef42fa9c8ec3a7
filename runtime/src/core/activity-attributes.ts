export type AttributeValue = string | number | boolean;

interface OfActor {
  actorType: string;
  actorId: string;
}

/** Access to one key, to several, or a query. */
interface OfState {
  key?: string;
  /** How many keys, and the first of them. */
  count?: number;
  keys?: string;
  query?: boolean;
  /** The length of the value, or of all. */
  bytes?: number;
  /** How many of the requested values exist. */
  found?: number;
}

interface OfConfiguration {
  /** Separated by spaces. */
  keys: string;
}

/**
 * The kinds of activity and their attributes: required ones are known when the activity begins, the others may be set
 * while it runs.
 */
export interface ActivityAttributes {
  /** `app` is the callee, `peer` the address of its sidecar. */
  'invoke.send': { app: string; peer: string; status?: number };
  /** `caller` is an app id, or empty. */
  'invoke.receive': { caller: string; status?: number };
  'state.get': OfState;
  'state.set': OfState;
  'state.delete': OfState;
  'state.transact': OfState;
  /** `bulk` marks an event of a bulk publish. */
  publish: { pubsub: string; id?: string; type?: string; bulk?: boolean };
  /** `stored` of the `entries` are in the broker. */
  'publish.bulk': { pubsub: string; entries: number; stored?: number };
  deliver: {
    pubsub: string;
    topic: string;
    route: string;
    id?: string;
    type?: string;
    attempt?: number;
    outcome?: string;
    /** Of a bulk delivery: its size, and how many entries had each outcome. */
    entries?: number;
    success?: number;
    drop?: number;
    retry?: number;
  };
  /** `topic` is where the event was delivered from. */
  'dead-letter': { pubsub: string; topic: string; consumer: string; id: string; attempt: number; reason: string };
  'outbox.relay': { pubsub: string; id: string; attempt: number };
  /** `address` is that of the sidecar that owns the actor. */
  'actor.call': OfActor & { address: string };
  'actor.turn': OfActor & { method: string };
  'actor.activate': OfActor;
  'actor.deactivate': OfActor & { reason: string };
  /** What the turn changed, as lists. */
  'actor.commit': OfActor & { writes: string; reminders: string; events: string };
  'timer.set': OfActor;
  'timer.fire': OfActor & { callback: string };
  'reminder.set': OfActor;
  'reminder.fire': OfActor & { attempt: number; lateMs: number; cancelled?: boolean };
  'secret.get': { key: string };
  'configuration.get': OfConfiguration & { found?: number };
  'configuration.subscribe': OfConfiguration & { id?: string };
  'configuration.change': OfConfiguration & { id: string };
  'lock.try': { resource: string; owner: string; expirySeconds: number; success?: boolean };
  'lock.release': { resource: string; owner: string; outcome?: string };
  'binding.invoke': { operation: string };
  'binding.read': { path: string };
  'job.set': Record<string, never>;
  'job.fire': { attempt: number; lateMs: number };
  crypto: { operation: string };
  converse: { messages: number };
  retry: { attempt: number };
}

export type ActivityKind = keyof ActivityAttributes;

/** For exporters, which show every attribute. */
export function attributeEntries(attributes: ActivityAttributes[ActivityKind]): [string, AttributeValue][] {
  const present: [string, AttributeValue][] = [];
  for (const [name, value] of Object.entries<AttributeValue | undefined>({ ...attributes }))
    if (value !== undefined) present.push([name, value]);
  return present;
}
