import type { ActorsBlock } from '#blocks/actors/actors.ts';
import type { ActorApp, ActorRef } from '#blocks/actors/ports.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import type { Policy } from '#core/policy.ts';
import type { Resiliency } from './resiliency.ts';

/** Applies the policy of the actor's type to method calls, wherever the actor is placed. */
export function resilientActors(inner: ActorsBlock, policies: Pick<Resiliency, 'actor' | 'actorTurn'>): ActorsBlock {
  return {
    invoke(call, actor, method, request) {
      const policy = policies.actor(actor.type, actor.id);
      if (!policy) return inner.invoke(call, actor, method, request);
      const name = `${actor.type}/${actor.id}/${method}`;
      return policy(call, name, async (inside, _attempt, notes) => {
        try {
          return await inner.invoke(inside, actor, method, request);
        } catch (cause) {
          if (cause instanceof RuntimeError && cause.kind.isPermanent) notes.last();
          throw cause;
        }
      });
    },
    getState: (call, actor, key) => inner.getState(call, actor, key),
    commit: (call, actor, request, turnId) => inner.commit(call, actor, request, turnId),
    setReminder: (call, actor, name, request) => inner.setReminder(call, actor, name, request),
    getReminder: (call, actor, name) => inner.getReminder(call, actor, name),
    deleteReminder: (call, actor, name) => inner.deleteReminder(call, actor, name),
    listReminders: (call, type, id) => inner.listReminders(call, type, id),
    deleteReminders: (call, type, id) => inner.deleteReminders(call, type, id),
    setTimer: (call, actor, name, request) => inner.setTimer(call, actor, name, request),
    deleteTimer: (call, actor, name) => inner.deleteTimer(call, actor, name),
    handlePeerRequest: (call, request) => inner.handlePeerRequest(call, request),
    registerHost: (app, config) =>
      inner.registerHost(
        resilientActorApp(app, (type) => policies.actorTurn(type)),
        config,
      ),
    whenPlacementSettled: (signal) => inner.whenPlacementSettled(signal),
    unregisterHost: () => inner.unregisterHost(),
    turnTrace: (actor) => inner.turnTrace(actor),
    metadata: () => inner.metadata(),
    close: () => inner.close(),
  };
}

/** Applies the policy of the actor's type to each call to the app within a turn. */
export function resilientActorApp(inner: ActorApp, policyOf: (type: string) => Policy | undefined): ActorApp {
  const guarded = <T>(call: Call, { type, id }: ActorRef, run: (call: Call) => Promise<T>): Promise<T> => {
    const policy = policyOf(type);
    return policy ? policy(call, `${type}/${id}`, run) : run(call);
  };
  return {
    method: (call, actor, method, request) =>
      guarded(call, actor, (inside) => inner.method(inside, actor, method, request)),
    reminder: (call, actor, name, body) => guarded(call, actor, (inside) => inner.reminder(inside, actor, name, body)),
    timer: (call, actor, name, body) => guarded(call, actor, (inside) => inner.timer(inside, actor, name, body)),
    deactivate: (call, actor) => inner.deactivate(call, actor),
  };
}
