import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { actorOwnershipLost, reminderExists } from '#blocks/actors/errors.ts';
import type { ActorRef, Fence, TurnChanges } from '#blocks/actors/ports.ts';
import { stateUnavailable } from '#blocks/state/errors.ts';
import { batchWorker } from './batch-worker.ts';
import type { Connection } from './connection.ts';
import { type BatchedTurn, type BuildTurnBatch } from './turn-batch.ts';
import { turnEffect } from './turn-effect.ts';
import { type QueuedWrite, writeQueue } from './write-queue.ts';

type QueuedTurn = QueuedWrite & BatchedTurn;

export interface TurnWriter {
  commit(call: Call, actor: ActorRef, fence: Fence, changes: TurnChanges): Promise<void>;
  /** Waits for turns in flight; later turns reject. */
  close(): Promise<void>;
}

/** Turns that end in one tick, or while both connections are busy, commit together; each can be rejected separately. */
export function turnWriter(
  connections: readonly Connection[],
  build: BuildTurnBatch,
  limits: { readonly clock: Clock; readonly timeoutMs: number },
): TurnWriter {
  let isClosed = false;

  const attempt = async (connection: Connection, batch: readonly QueuedTurn[]): Promise<void> => {
    const { statement, parameters } = build(batch);
    const rejected = new Map<number, boolean>();
    for (const [turn, isStale] of await connection.run(statement, parameters)) {
      rejected.set(Number(turn), isStale === 't');
    }
    for (const [at, turn] of batch.entries()) {
      const isStale = rejected.get(at + 1);
      const { type, id } = turn.actor;
      if (isStale === undefined) turn.resolve();
      else
        turn.reject(
          isStale ? actorOwnershipLost(type, id) : reminderExists([...turn.effect.mustBeNew.keys()].join(', ')),
        );
    }
  };

  const queue = writeQueue<QueuedTurn>(
    connections.map((connection) => batchWorker((batch) => attempt(connection, batch))),
    { clock: limits.clock, longestWaitMs: limits.timeoutMs },
  );

  return {
    async commit(call, actor, fence, changes) {
      if (isClosed) throw stateUnavailable('the component is closed');
      const effect = turnEffect(changes);
      const turn = {
        actor,
        fence,
        effect,
        events: changes.events,
        keys: [JSON.stringify([actor.type, actor.id])],
        bytes: bytesOf(changes),
        mayReplace: false,
        isAlone: false,
        signal: call.signal,
      };
      await new Promise<void>((resolve, reject) => queue.add({ ...turn, resolve, reject }));
    },
    async close() {
      isClosed = true;
      await queue.drained();
    },
  };
}

function bytesOf({ operations, events }: TurnChanges): number {
  let bytes = 0;
  for (const operation of operations) if (operation.kind === 'set') bytes += operation.value.length;
  for (const event of events) bytes += event.data.length;
  return bytes;
}
