import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { etagMismatch, stateRefused, stateUnavailable } from '#blocks/state/errors.ts';
import type { StateOperation } from '#blocks/state/state-store.ts';
import { batchLane } from './batch-lane.ts';
import type { Connection } from './connection.ts';
import { isConditional, stateBatchBuilder } from './state-batch.ts';
import type { StateShape } from './state-shape.ts';
import { type QueuedWrite, writeQueue } from './write-queue.ts';

interface StateWrite extends QueuedWrite {
  readonly operations: readonly StateOperation[];
}

export interface StateWriter {
  /** Does the operations in order, all or none. */
  write(call: Call, operations: readonly StateOperation[]): Promise<void>;
  /** Waits for what is under way; later writes reject. */
  close(): Promise<void>;
}

/** Each connection carries one batch at a time. */
export function stateWriter(
  connections: readonly Connection[],
  options: { readonly shape: StateShape; readonly clock: Clock; readonly timeoutMs: number },
): StateWriter {
  const { shape } = options;
  const build = stateBatchBuilder(shape);
  let isClosed = false;

  const attempt = async (connection: Connection, batch: readonly StateWrite[]): Promise<void> => {
    const { statement, parameters, hasConditions } = build(lastPerKey(batch));
    const rows = await connection.run(statement, parameters);
    if (!hasConditions) {
      for (const write of batch) write.resolve();
      return;
    }
    const held = new Set(rows.map(([key]) => key));
    for (const write of batch) {
      if (write.operations.every((operation) => !isConditional(operation) || held.has(operation.key))) {
        write.resolve();
      } else {
        write.reject(etagMismatch());
      }
    }
  };

  /** Operations with conditions that stand or fall together, or that touch one key twice. */
  const transaction = async (connection: Connection, write: StateWrite): Promise<void> => {
    await connection.transaction(async (session) => {
      for (const stretch of stretchesOfDistinctKeys(write.operations)) {
        const { statement, parameters } = build(stretch);
        const held = new Set((await session.run(statement, parameters)).map(([key]) => key));
        if (stretch.some((operation) => isConditional(operation) && !held.has(operation.key))) throw etagMismatch();
      }
    });
    write.resolve();
  };

  const queue = writeQueue<StateWrite>(
    connections.map((connection) =>
      batchLane((batch) => (batch[0]?.isAlone ? transaction(connection, batch[0]) : attempt(connection, batch))),
    ),
    { clock: options.clock, longestWaitMs: options.timeoutMs },
  );

  return {
    write(call, operations) {
      if (isClosed) return Promise.reject(stateUnavailable('the component is closed'));
      const refusal = refusalOf(shape, operations);
      if (refusal) return Promise.reject(refusal);
      const isPlain = !operations.some(isConditional);
      const keys = operations.length === 1 ? operations.map(keyOf) : [...new Set(operations.map(keyOf))];
      return new Promise((resolve, reject) => {
        queue.add({
          operations,
          keys,
          bytes: operations.reduce(
            (sum, operation) => sum + (operation.kind === 'set' ? operation.value.length : 0),
            0,
          ),
          mayReplace: isPlain,
          isAlone: !isPlain && operations.length > 1,
          signal: call.signal,
          resolve,
          reject,
        });
      });
    },
    async close() {
      isClosed = true;
      await queue.drained();
    },
  };
}

function keyOf(operation: StateOperation): string {
  return operation.key;
}

/** What can be told to be wrong without asking the database. */
function refusalOf(shape: StateShape, operations: readonly StateOperation[]): Error | undefined {
  for (const { key, etag } of operations) {
    if (key.includes('\0')) return stateRefused('a key must not contain the character NUL');
    const refused = etag === undefined ? undefined : shape.refusedEtag(etag);
    if (refused) return refused;
  }
  return undefined;
}

function lastPerKey(batch: readonly StateWrite[]): Iterable<StateOperation> {
  const last = new Map<string, StateOperation>();
  for (const write of batch) for (const operation of write.operations) last.set(operation.key, operation);
  return last.values();
}

function stretchesOfDistinctKeys(operations: readonly StateOperation[]): StateOperation[][] {
  const stretches: StateOperation[][] = [];
  let keys = new Set<string>();
  for (const operation of operations) {
    let stretch = stretches.at(-1);
    if (stretch === undefined || keys.has(operation.key)) {
      stretch = [];
      stretches.push(stretch);
      keys = new Set();
    }
    stretch.push(operation);
    keys.add(operation.key);
  }
  return stretches;
}
