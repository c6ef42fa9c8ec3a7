import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { pause } from '../harness/store.ts';
import { type AttackedSidecar, assertMemoryStable, startAttackedSidecar } from './attacked-sidecar.ts';
import { type Misuse, misuses } from './connection-corpus.ts';
import { inParallel } from './in-parallel.ts';
import { seedOfRun, seededRandom } from './seeded-random.ts';

/** The silent ones wait concurrently; each limit counts from the last byte of its connection. */
const width = 400;

describe('misused connections on every port', { timeout: 100_000 }, () => {
  const seed = seedOfRun();
  let attacked: AttackedSidecar;
  before(async () => {
    attacked = await startAttackedSidecar();
  });
  after(() => attacked.stop());

  test(`connections: each is closed within its limit, and its memory is released (seed ${seed})`, async () => {
    const { sidecar, underAttack } = attacked;
    // Fills pools and caches before the first measurement of the memory.
    const quick = misuses(seededRandom(seed)).filter(({ limitMs }) => limitMs <= 5000);
    await underAttack(() => misuseAll(quick));
    const memoryBefore = await sidecar.measureMemory();
    await underAttack(() => misuseAll(misuses(seededRandom(seed))));
    assertMemoryStable(memoryBefore, await sidecar.measureMemory());

    async function misuseAll(all: readonly Misuse[]): Promise<void> {
      const late: string[] = [];
      await inParallel(width, all, async (misuse) => {
        const failure = await sendMisuse(sidecar.ports[misuse.port], misuse);
        if (failure !== undefined) late.push(`${misuse.name}: ${failure}`);
      });
      assert.deepEqual(late, []);
    }
  });
});

/** Undefined when the sidecar closed the connection in time. */
function sendMisuse(
  port: number,
  { chunks, pauseMs = 0, halfClose = false, limitMs }: Misuse,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let isClosed = false;
    let received = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: false });
    socket.on('data', (part: Buffer) => {
      if (received.length < 300) received += part.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      isClosed = true;
      resolve(undefined);
    });
    const write = async (): Promise<void> => {
      for (const chunk of chunks) {
        if (isClosed) return;
        socket.write(chunk);
        if (pauseMs > 0) await pause(pauseMs);
      }
      if (halfClose) socket.end();
      const timer = setTimeout(() => {
        resolve(
          `still open ${limitMs} ms after its last byte, after the response ${JSON.stringify(received.slice(0, 200))}`,
        );
        socket.destroy();
      }, limitMs);
      socket.on('close', () => clearTimeout(timer));
    };
    socket.on('connect', () => void write());
  });
}
