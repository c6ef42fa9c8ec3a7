import type { ActorStore } from './ports.ts';

/** A state store that can also keep actors: state, reminders, outbox and ownership in one database. */
export interface ActorCapable {
  /**
   * `appId` is the app that hosts the actors: Dapr's keys of actor state begin with it, and the outbox is its own.
   * Close it before the state store it came from.
   */
  actorStore(appId: string): ActorStore;
}

/** Takes any port, since a wrapper may have hidden what it wraps. */
export function isActorCapable<Store extends object>(store: Store): store is Store & ActorCapable {
  return 'actorStore' in store && typeof store.actorStore === 'function';
}
