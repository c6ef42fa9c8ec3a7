import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { grpcSurface } from '../../runtime/src/api/surface.ts';
import { type AttackedSidecar, assertMemoryStable, startAttackedSidecar } from './attacked-sidecar.ts';
import { inParallel } from './in-parallel.ts';
import { readProtocol } from './proto-text.ts';
import { callRpc } from './rpc-call.ts';
import { type HostileRpc, rpcCorpus } from './rpc-corpus.ts';
import { seedOfRun, seededRandom } from './seeded-random.ts';
import { rpcFaultOf } from './response-rules.ts';

const limitMs = 15_000;
/** A stream without a response is abandoned after this time. */
const streamMs = 300;
const perRpc = 24;
/** The test stops after this many faults. */
const enough = 12;

describe('hostile calls of every RPC', { timeout: 115_000 }, () => {
  const seed = seedOfRun();
  const protocol = readProtocol();
  let attacked: AttackedSidecar;
  before(async () => {
    attacked = await startAttackedSidecar();
  });
  after(() => attacked.stop());

  test('corpus: covers every RPC', () => {
    assert.deepEqual(protocol.rpcs.map(({ name }) => name).toSorted(), Object.keys(grpcSurface).toSorted());
  });

  test(`every RPC: malformed calls get a client error or are closed, and memory is released (seed ${seed})`, async () => {
    const { sidecar, underAttack } = attacked;
    const sessions = sessionPool(`http://127.0.0.1:${sidecar.ports.grpc}`);
    // Generated beforehand: the unaffected client runs in this process too, and must not wait for it.
    const corpora = [0, 1].map((salt) => rpcCorpus(protocol, seededRandom(seed + salt), perRpc));
    const attack = async (corpus: readonly HostileRpc[]): Promise<void> => {
      const begun = Date.now();
      const tally = new Map<string, number>();
      const faults: string[] = [];
      await inParallel(24, corpus, async (call) => {
        if (faults.length >= enough) return;
        const limit = call.mayWait ? streamMs : limitMs;
        const outcome = await callRpc(sessions.any(), { ...call, limitMs: limit });
        const { status } = outcome;
        tally.set(status, (tally.get(status) ?? 0) + 1);
        const fault = status === 'silent' && call.mayWait ? undefined : rpcFaultOf(outcome);
        if (fault === undefined) return;
        const body = call.body.subarray(0, 300).toString('latin1');
        faults.push(`${call.rpc}: ${fault}\n${JSON.stringify(call.headers).slice(0, 500)} ${JSON.stringify(body)}`);
      });
      const counts = [...tally].map(([status, count]) => `${count}×${status}`).toSorted();
      process.stdout.write(`  ${corpus.length} calls in ${Date.now() - begun} ms: ${counts.join(', ')}\n`);
      assert.equal(faults.length, 0, `${faults.length} faults (seed ${seed}):\n${faults.join('\n\n')}`);
    };
    try {
      await underAttack(() => attack(corpora[0] ?? []));
      const before = await sidecar.measureMemory();
      await underAttack(() => attack(corpora[1] ?? []));
      assertMemoryStable(before, await sidecar.measureMemory());
    } finally {
      sessions.close();
    }
  });
});

/** A few connections; one that the sidecar has closed is replaced. */
function sessionPool(url: string): { any(): ClientHttp2Session; close(): void } {
  const sessions: (ClientHttp2Session | undefined)[] = Array.from({ length: 6 }, () => undefined);
  let turn = 0;
  return {
    any() {
      turn = (turn + 1) % sessions.length;
      const current = sessions[turn];
      if (current && !current.closed && !current.destroyed) return current;
      const opened = connect(url);
      opened.on('error', () => {});
      sessions[turn] = opened;
      return opened;
    },
    close() {
      for (const session of sessions) session?.destroy();
    },
  };
}
