import type { ActorRef } from './ports.ts';

/** Dapr's key of one value of actor state; a component's `keyPrefix` does not apply to actors. */
export function actorStateKey(appId: string, actor: ActorRef, key: string): string {
  return `${appId}||${actor.type}||${actor.id}||${key}`;
}
