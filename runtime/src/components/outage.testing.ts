import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { StateStore } from '#blocks/state/state-store.ts';
import type { Call } from '#core/call.ts';
import type { ServerProcess } from './server-process.testing.ts';

const keys = ['a', 'b', 'c', 'd'];

/**
 * Repeatedly writes each of four keys and reads it while the server is killed and started. A write that succeeded
 * must be read; returns the errors of the others. Reads may not fail, and in the end every write succeeds.
 */
export async function writeThroughOutage(
  store: Pick<StateStore, 'get' | 'set'>,
  server: Pick<ServerProcess, 'kill' | 'start'>,
  call: Call,
): Promise<readonly string[]> {
  const stored = new Map<string, string>();
  const failures: string[] = [];
  let isWorking = true;
  const write = async (key: string): Promise<void> => {
    for (let i = 0; isWorking; i++) {
      const value = String(i);
      try {
        await store.set(call, { kind: 'set', key, value: Buffer.from(value) });
        stored.set(key, value);
      } catch (cause) {
        failures.push(String(cause));
        stored.delete(key);
      }
      const current = await store.get(call, key);
      if (stored.has(key)) assert.equal(String(Buffer.from(current?.data ?? [])), value);
    }
  };
  const work = Promise.all(keys.map(write));
  try {
    await wait(300);
    await server.kill();
    await wait(300);
    await server.start();
    await wait(500);
  } finally {
    isWorking = false;
    await work;
  }
  assert.deepEqual([...stored.keys()].toSorted(), keys);
  return failures;
}
