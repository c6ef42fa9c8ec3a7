import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AttackedSidecar, assertMemoryStable, startAttackedSidecar } from './attacked-sidecar.ts';
import { type HostileRequest, httpCorpus } from './http-corpus.ts';
import { exchange } from './http-request.ts';
import { inParallel } from './in-parallel.ts';
import { seedOfRun, seededRandom } from './seeded-random.ts';
import { faultOf } from './response-rules.ts';

const limitMs = 20_000;
const perRoute = 32;
/** The test stops after this many faults of different kinds. */
const enough = 12;

describe('hostile requests on every HTTP route', { timeout: 115_000 }, () => {
  const seed = seedOfRun();
  let attacked: AttackedSidecar;
  before(async () => {
    attacked = await startAttackedSidecar();
  });
  after(() => attacked.stop());

  test(`every route: malformed requests get a client error or are closed, and memory is released (seed ${seed})`, async () => {
    const { sidecar, underAttack } = attacked;
    const port = sidecar.ports.http;
    // Generated beforehand: the unaffected client runs in this process too, and must not wait for it.
    const corpora = [0, 1].map((salt) => httpCorpus(seededRandom(seed + salt), perRoute));
    assert.ok(corpora.flat().length >= 5000, `only ${corpora.flat().length} requests`);
    const attack = async (corpus: readonly HostileRequest[]): Promise<void> => {
      const begun = Date.now();
      const tally = new Map<string, number>();
      const faults = new Map<string, string>();
      await inParallel(24, corpus, async ({ route, bytes }) => {
        if (faults.size >= enough) return;
        const { kind, status, text, ms } = await exchange({ port, bytes, limitMs, halfCloseAfterMs: 2000 });
        const sort = kind === 'responded' ? `${Math.floor(status / 100)}xx` : kind;
        tally.set(sort, (tally.get(sort) ?? 0) + 1);
        const fault = kind === 'silent' ? `silent for ${ms} ms` : isHead(bytes) ? undefined : faultOf(status, text);
        if (fault !== undefined) faults.set(`${route}: ${fault}`, `${excerpt(bytes)}\n→ ${text.slice(-400)}`);
      });
      const counts = [...tally].map(([sort, count]) => `${count} ${sort}`).join(', ');
      process.stdout.write(`  ${corpus.length} requests in ${Date.now() - begun} ms: ${counts}\n`);
      assert.equal(faults.size, 0, `${faults.size} faults (seed ${seed}):\n${[...faults].flat().join('\n')}`);
    };
    // The first attack fills rings, pools and the code cache.
    await underAttack(() => attack(corpora[0] ?? []));
    const before = await sidecar.measureMemory();
    await underAttack(() => attack(corpora[1] ?? []));
    assertMemoryStable(before, await sidecar.measureMemory());
  });
});

/** Its response has no body with an error code. */
function isHead(bytes: Buffer): boolean {
  return bytes.subarray(0, 5).toString('latin1') === 'HEAD ';
}

function excerpt(bytes: Buffer): string {
  const text = JSON.stringify(bytes.subarray(0, 700).toString('latin1'));
  return bytes.length > 700 ? `${text} … ${bytes.length} bytes` : text;
}
