import { eventMetadata } from '../cloud-event.ts';
import { errorOfResponse, expectSuccess, textOfBody } from '../sidecar-call.ts';
import type { SendToSidecar } from '../sidecar-call.ts';
import type { ContextCarrier } from '../trace-context.ts';
import type { ActorAddress, ActorStateStore, ActorTurn } from './actor-host.ts';
import { actorPath, applyScheduleChange, stateKey, turnIdHeader } from './actor-routes.ts';
import { stateThenPublishCommit } from './state-then-publish-commit.ts';
import type { TurnChanges } from './turn.ts';

/**
 * Stores actors in the sidecar. A turn is one transaction there; on a sidecar without that route (404) Dapr's own routes are
 * used in an order that loses nothing (see `stateThenPublishCommit`).
 */
export function sidecarStateStore(send: SendToSidecar, context: ContextCarrier): ActorStateStore {
  let hasTurnRoute: boolean | undefined;
  const fallback = stateThenPublishCommit(send, context);

  return {
    async load(actor) {
      const headers = turnHeaders(actor);
      // Until the turn route has been used, pending work of an earlier process may be stored beside the state.
      const leftOver = hasTurnRoute === true ? undefined : fallback.load(actor);
      const [response] = await Promise.all([
        send({ method: 'GET', headers, path: `/v1.0${actorPath(actor)}/state/${stateKey}` }),
        leftOver,
      ]);
      expectSuccess(response, `state of ${actor.type}/${actor.id}`);
      return response.status === 204 || response.body.byteLength === 0
        ? undefined
        : canonical(textOfBody(response), actor);
    },
    async commit(actor, changes) {
      if (hasTurnRoute !== false && needsTransaction(changes)) {
        const path = `/v1.0-outrigger${actorPath(actor)}/turn`;
        const response = await send({ method: 'POST', path, headers: turnHeaders(actor), body: turnBody(changes) });
        if (response.status === 404) hasTurnRoute = false;
        else {
          if (response.status >= 300) throw errorOfResponse(response, `turn of ${actor.type}/${actor.id}`);
          hasTurnRoute = true;
        }
      }
      if (hasTurnRoute === false && needsTransaction(changes)) await fallback.commit(actor, changes);
      for (const timer of changes.timers) await applyScheduleChange(send, actor, 'timers', timer);
    },
    onReminder: (actor, name) => fallback.onReminder(actor, name),
    release: (actor) => fallback.release(actor),
  };
}

/** Sent back, so that the sidecar can reject what arrives after the turn has ended. */
const turnHeaders = ({ turnId }: ActorTurn): Record<string, string> =>
  turnId === undefined ? {} : { [turnIdHeader]: turnId };

const needsTransaction = ({ state, reminders, events }: TurnChanges): boolean =>
  state !== undefined || reminders.length + events.length > 0;

// Stores may order members and whitespace differently from JSON.stringify; the text is compared, so it is normalised first.
const canonical = (text: string, actor: ActorAddress): string => {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (cause) {
    throw new TypeError(`the stored state of ${actor.type}/${actor.id} is not JSON`, { cause });
  }
};

/** The state is JSON text already and is put in as it is. */
function turnBody({ state, reminders, events }: TurnChanges): string {
  const operations =
    state === undefined ? '[]' : `[{"operation":"upsert","request":{"key":"${stateKey}","value":${state}}}]`;
  const reminderChanges = reminders.map((change) =>
    change.operation === 'set'
      ? { operation: 'set', name: change.name, ...change.schedule, overwrite: true }
      : { operation: 'delete', name: change.name },
  );
  const outgoing = events.map((event) => ({
    pubsubName: event.pubsub,
    topic: event.topic,
    data: event.data ?? null,
    contentType: 'application/json',
    metadata: eventMetadata(event),
  }));
  return `{"operations":${operations},"reminders":${JSON.stringify(reminderChanges)},"events":${JSON.stringify(outgoing)}}`;
}
