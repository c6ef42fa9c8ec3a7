import type { ActorStore } from './ports.ts';

/** A state store that can also store actors: state, reminders, outbox and ownership in one database. */
export interface ActorCapable {
  /**
   * `appId` is the app that hosts the actors: it prefixes Dapr's keys of actor state and owns the outbox. Close it
   * before the state store it came from.
   */
  actorStore(appId: string): ActorStore;
}

/** Accepts any port, since a wrapper may have hidden a capability. */
export function isActorCapable<Store extends object>(store: Store): store is Store & ActorCapable {
  return 'actorStore' in store && typeof store.actorStore === 'function';
}
