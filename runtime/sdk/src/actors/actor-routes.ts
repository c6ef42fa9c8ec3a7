import { encodePart } from '../path.ts';
import { expectSuccess } from '../sidecar-call.ts';
import type { SendToSidecar } from '../sidecar-call.ts';
import type { ActorAddress } from './actor-host.ts';
import type { ScheduleChange } from './turn.ts';

/** The key under which an actor's whole state is stored. */
export const stateKey = 'state';

/** Which turn of which activation a request belongs to; Outrigger sends it, other sidecars do not. */
export const turnIdHeader = 'x-outrigger-turn';

export const actorPath = ({ type, id }: ActorAddress): string => `/actors/${encodePart(type)}/${encodePart(id)}`;

/** Sets or clears one reminder or timer by Dapr's own route. */
export async function applyScheduleChange(
  send: SendToSidecar,
  actor: ActorAddress,
  kind: 'reminders' | 'timers',
  change: ScheduleChange,
): Promise<void> {
  const path = `/v1.0${actorPath(actor)}/${kind}/${encodePart(change.name)}`;
  const response =
    change.operation === 'set'
      ? await send({ method: 'POST', path, body: JSON.stringify(change.schedule) })
      : await send({ method: 'DELETE', path });
  expectSuccess(response, `${change.operation} ${kind} ${change.name} of ${actor.type}/${actor.id}`);
}
