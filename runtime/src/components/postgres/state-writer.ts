import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { etagMismatch, stateStatementRejected, stateUnavailable } from '#blocks/state/errors.ts';
import type { StateOperation } from '#blocks/state/state-store.ts';
import { batchWorker } from './batch-worker.ts';
import type { Connection } from './connection.ts';
import { isConditional, stateBatchBuilder } from './state-batch.ts';
import type { StateShape } from './state-shape.ts';
import { type QueuedWrite, writeQueue } from './write-queue.ts';

interface StateWrite extends QueuedWrite {
  readonly operations: readonly StateOperation[];
}

export interface StateWriter {
  /** Applies the operations in order, all or none. */
  write(call: Call, operations: readonly StateOperation[]): Promise<void>;
  /** Waits for writes in flight; later writes reject. */
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
    const matched = new Set(rows.map(([key]) => key));
    for (const write of batch) {
      if (write.operations.every((operation) => !isConditional(operation) || matched.has(operation.key))) {
        write.resolve();
      } else {
        write.reject(etagMismatch());
      }
    }
  };

  /** Several operations with conditions, which succeed or fail together. */
  const transaction = async (connection: Connection, write: StateWrite): Promise<void> => {
    await connection.transaction(async (session) => {
      for (const group of splitAtRepeatedKeys(write.operations)) {
        const { statement, parameters } = build(group);
        const matched = new Set((await session.run(statement, parameters)).map(([key]) => key));
        if (group.some((operation) => isConditional(operation) && !matched.has(operation.key))) throw etagMismatch();
      }
    });
    write.resolve();
  };

  const queue = writeQueue<StateWrite>(
    connections.map((connection) =>
      batchWorker((batch) => (batch[0]?.isAlone ? transaction(connection, batch[0]) : attempt(connection, batch))),
    ),
    { clock: options.clock, longestWaitMs: options.timeoutMs },
  );

  return {
    write(call, operations) {
      if (isClosed) return Promise.reject(stateUnavailable('the component is closed'));
      const validationError = validationErrorOf(shape, operations);
      if (validationError) return Promise.reject(validationError);
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

/** The error of operations that are invalid without a query. */
function validationErrorOf(shape: StateShape, operations: readonly StateOperation[]): Error | undefined {
  for (const { key, etag } of operations) {
    if (key.includes('\0')) return stateStatementRejected('a key must not contain the character NUL');
    const etagError = etag === undefined ? undefined : shape.etagError(etag);
    if (etagError) return etagError;
  }
  return undefined;
}

function lastPerKey(batch: readonly StateWrite[]): Iterable<StateOperation> {
  const last = new Map<string, StateOperation>();
  for (const write of batch) for (const operation of write.operations) last.set(operation.key, operation);
  return last.values();
}

function splitAtRepeatedKeys(operations: readonly StateOperation[]): StateOperation[][] {
  const groups: StateOperation[][] = [];
  let keys = new Set<string>();
  for (const operation of operations) {
    let group = groups.at(-1);
    if (group === undefined || keys.has(operation.key)) {
      group = [];
      groups.push(group);
      keys = new Set();
    }
    group.push(operation);
    keys.add(operation.key);
  }
  return groups;
}
