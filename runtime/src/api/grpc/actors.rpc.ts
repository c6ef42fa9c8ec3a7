import type { ActorsBlock } from '#blocks/actors/actors.ts';
import { badActorRequest } from '#blocks/actors/errors.ts';
import type { ActorRef, ActorStateOperation } from '#blocks/actors/ports.ts';
import type { ReminderView } from '#blocks/actors/reminders.ts';
import { stateOperationNotSupported } from '#blocks/state/errors.ts';
import { maxTtlSeconds } from '#blocks/state/state-store.ts';
import type { Call } from '#core/call.ts';
import { failurePolicyOf } from '#core/failure-policy.ts';
import type { TransactionalActorStateOperation } from '#gen/dapr/proto/runtime/v1/actors_pb.ts';
import { jsonTextBytes } from './json-bytes.ts';
import type { DaprRpcs } from './server.ts';
import { traceOf } from './trace-metadata.ts';
import type { Exchange } from './implement.ts';

/** Metadata that only a sidecar may set: the caller's identity and turn. */
const sidecarOnlyMetadata =
  /^(?:dapr-caller-.*|dapr-callee-.*|dapr-api-call|dapr-api-token|x-dapr-remote|x-outrigger-turn)$/i;

export function actorRpcs(actors: ActorsBlock) {
  /** A request on an actor within its turn belongs to that turn, even when the app passes no trace on. */
  const callOn = (call: Call, actor: ActorRef, { metadata }: Exchange): Call => {
    const trace = traceOf(metadata) ? undefined : actors.turnTrace(actor);
    return trace ? { ...call, trace } : call;
  };

  return {
    async invokeActor(call, { actorType: type, actorId: id, method, data, metadata }) {
      const headers = Object.entries(metadata).flatMap((entry) => (sidecarOnlyMetadata.test(entry[0]) ? [] : entry));
      headers.push('Dapr-API-Call', 'true');
      // an actor's own error is a normal response here: the protocol has no field for the mark
      const reply = await actors.invoke(call, { type, id }, method, { headers, body: data });
      return { data: reply.body };
    },

    async getActorState(call, { actorType: type, actorId: id, key }, exchange) {
      const actor = { type, id };
      const stored = await actors.getState(callOn(call, actor, exchange), actor, key);
      if (!stored) return {};
      const { data, expiresAt } = stored;
      if (expiresAt === undefined) return { data };
      return { data, metadata: { ttlExpireTime: `${new Date(expiresAt).toISOString().slice(0, 19)}Z` } };
    },

    async executeActorStateTransaction(call, { actorType: type, actorId: id, operations }, exchange) {
      const actor = { type, id };
      const changes = { operations: operations.map(stateOperation), reminders: [], events: [] };
      const [turn] = exchange.metadata.get('x-outrigger-turn');
      await actors.commit(callOn(call, actor, exchange), actor, changes, turn === undefined ? turn : String(turn));
      return {};
    },

    async registerActorTimer(call, { actorType: type, actorId: id, name, callback, ...schedule }, exchange) {
      const actor = { type, id };
      await actors.setTimer(callOn(call, actor, exchange), actor, name, { ...scheduled(schedule), callback });
      return {};
    },
    async unregisterActorTimer(call, { actorType: type, actorId: id, name }, exchange) {
      const actor = { type, id };
      await actors.deleteTimer(callOn(call, actor, exchange), actor, name);
      return {};
    },

    async registerActorReminder(
      call,
      { actorType: type, actorId: id, name, overwrite, failurePolicy, ...schedule },
      exchange,
    ) {
      const actor = { type, id };
      const request = {
        ...scheduled(schedule),
        ...(overwrite === undefined ? {} : { overwrite }),
        ...(failurePolicy === undefined ? {} : { failurePolicy: failurePolicyOf(failurePolicy) }),
      };
      await actors.setReminder(callOn(call, actor, exchange), actor, name, request);
      return {};
    },
    async unregisterActorReminder(call, { actorType: type, actorId: id, name }, exchange) {
      const actor = { type, id };
      await actors.deleteReminder(callOn(call, actor, exchange), actor, name);
      return {};
    },
    async getActorReminder(call, { actorType: type, actorId: id, name }) {
      return wireReminder(await actors.getReminder(call, { type, id }, name));
    },
    async listActorReminders(call, { actorType, actorId }) {
      const listed = await actors.listReminders(call, actorType, actorId);
      return { reminders: listed.map(({ name, reminder }) => ({ name, reminder: wireReminder(reminder) })) };
    },
    async unregisterActorRemindersByType(call, { actorType, actorId }) {
      await actors.deleteReminders(call, actorType, actorId);
      return {};
    },
  } satisfies DaprRpcs;
}

function wireReminder({ actorType, actorID, data, dueTime, period, ttl }: ReminderView) {
  return { actorType, actorId: actorID, dueTime, period, ttl, ...(data !== undefined && jsonTextBytes(data)) };
}

/** Bytes are base64 in the app's JSON. */
function scheduled(request: { dueTime: string; period: string; ttl: string; data: Uint8Array }) {
  const { dueTime, period, ttl, data } = request;
  return {
    dueTime,
    period,
    ttl,
    ...(data.length > 0 ? { data: JSON.stringify(Buffer.from(data).toString('base64')) } : {}),
  };
}

function stateOperation(operation: TransactionalActorStateOperation): ActorStateOperation {
  const { operationType, key, value, metadata } = operation;
  if (key === '') throw badActorRequest('the key of a state operation is empty');
  if (operationType === 'delete') return { kind: 'delete', key };
  if (operationType !== 'upsert') throw stateOperationNotSupported(operationType);
  const ttlSeconds = ttlOf(metadata.ttlInSeconds);
  const bytes = value?.value ?? new Uint8Array(0);
  return { kind: 'set', key, value: bytes, ...(ttlSeconds === undefined ? {} : { ttlSeconds }) };
}

/** Zero and less mean no expiry, as in Dapr's stores. */
function ttlOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds)) throw badActorRequest(`ttlInSeconds ${JSON.stringify(text)} is not an integer`);
  if (seconds > maxTtlSeconds) throw badActorRequest(`ttlInSeconds must be ${maxTtlSeconds} or less`);
  return seconds > 0 ? seconds : undefined;
}
