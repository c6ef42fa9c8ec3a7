import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Call } from '#core/call.ts';
import type { JobStore, PlannedJob } from './job-store.ts';

/** Stores under test, all on one database that no other test uses. */
export interface JobStoreBench extends AsyncDisposable {
  readonly store: JobStore;
  /** Another sidecar of the same app; undefined for a store that lives inside one process. */
  readonly second?: JobStore;
  /** A sidecar of another app; undefined likewise. */
  readonly stranger?: JobStore;
  /** Lets leases expire. */
  pass(ms: number): Promise<void>;
}

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

export function plainJob(name: string, change: Partial<PlannedJob> = {}): PlannedJob {
  return {
    name,
    failurePolicy: { kind: 'drop' },
    dueAt: 1000,
    anchorAt: 1000,
    runs: 0,
    attempts: 0,
    traceparent: '',
    version: `${name}-1`,
    ...change,
  };
}

/** The guarantees of every job store. `open` is called for each case. */
export function jobStoreConformance(
  name: string,
  open: () => Promise<JobStoreBench>,
  options: { readonly skip?: string | false } = {},
): void {
  const promise = (sentence: string, run: (bench: JobStoreBench) => Promise<void>): void => {
    test(sentence, { skip: options.skip ?? false, timeout: 30_000 }, async () => {
      await using bench = await open();
      await run(bench);
    });
  };
  const names = (jobs: readonly PlannedJob[]): readonly string[] => jobs.map((job) => job.name);

  describe(`job store: ${name}`, () => {
    promise('put: a job is read back with all its fields', async ({ store }) => {
      const full = plainJob('full', {
        schedule: '@every 1h',
        repeats: 4_000_000_000,
        dueTime: '10s',
        ttl: 'PT3H',
        data: { typeUrl: 'type.googleapis.com/x.Y', value: Buffer.from([0, 255, 10]) },
        failurePolicy: { kind: 'constant', intervalMs: 1500, maxRetries: 0 },
        expiresAt: 9000,
        runs: 2,
        attempts: 1,
        traceparent: '00-1-2-01',
      });
      assert.equal(await store.put(call, full, false), true);
      const stored = await store.get(call, 'full');
      assert.deepEqual({ ...stored, data: undefined }, { ...full, data: undefined });
      assert.equal(stored?.data?.typeUrl, full.data?.typeUrl);
      assert.deepEqual(Buffer.from(stored?.data?.value ?? []), full.data?.value);
      assert.equal(await store.get(call, 'other'), undefined);
    });

    promise('put: an existing job is replaced only with overwrite', async ({ store }) => {
      await store.put(call, plainJob('a', { dueTime: 'first' }), false);
      assert.equal(await store.put(call, plainJob('a', { dueTime: 'second' }), false), false);
      assert.equal((await store.get(call, 'a'))?.dueTime, 'first');
      assert.equal(await store.put(call, plainJob('a', { dueTime: 'third' }), true), true);
      assert.equal((await store.get(call, 'a'))?.dueTime, 'third');
    });

    promise('delete: removes one job, or all of a prefix without wildcards', async ({ store }) => {
      for (const job of ['a_1', 'a_2', 'ab1', 'b']) await store.put(call, plainJob(job), false);
      await store.delete(call, 'b');
      await store.delete(call, 'never-there');
      await store.deleteByPrefix(call, 'a_');
      assert.deepEqual(names(await store.list(call, '')), ['ab1']);
      assert.deepEqual(names(await store.list(call, 'x')), []);
    });

    promise('claim: due jobs are claimed once, soonest first, and not before their time', async ({ store, second }) => {
      await store.put(call, plainJob('late', { dueAt: 300 }), false);
      await store.put(call, plainJob('soon', { dueAt: 100 }), false);
      await store.put(call, plainJob('far', { dueAt: 5000 }), false);
      assert.deepEqual(names(await store.claim(1000, 10, 30_000)), ['soon', 'late']);
      assert.deepEqual(names(await (second ?? store).claim(1000, 10, 30_000)), []);
    });

    promise('claim: concurrent claims share the jobs', async ({ store, second }) => {
      for (let i = 0; i < 100; i++) await store.put(call, plainJob(`job-${i}`, { dueAt: i }), false);
      const other = second ?? store;
      const claims = await Promise.all([
        ...Array.from({ length: 10 }, () => store.claim(1000, 7, 30_000)),
        ...Array.from({ length: 10 }, () => other.claim(1000, 7, 30_000)),
      ]);
      const claimed = claims.flatMap(names);
      assert.equal(new Set(claimed).size, claimed.length, 'none twice');
      const rest = names(await store.claim(1000, 100, 30_000));
      assert.equal(claimed.length + rest.length, 100, 'none lost');
    });

    promise(
      'claim: after its lease a job can be claimed by others, and its former holder changes nothing',
      async (bench) => {
        const { store, second = store } = bench;
        await store.put(call, plainJob('a'), false);
        const [firstClaim] = await store.claim(2000, 1, 50);
        assert.ok(firstClaim);
        await bench.pass(80);
        const [secondClaim] = await second.claim(2000, 1, 30_000);
        assert.equal(secondClaim?.name, 'a');
        if (second !== store) {
          assert.deepEqual(await store.renew([firstClaim], 1000), new Set());
          await store.settle(firstClaim, { kind: 'finished' });
          assert.ok(await store.get(call, 'a'), 'still there');
        }
      },
    );

    promise('renew: a renewed lease lasts', async (bench) => {
      await bench.store.put(call, plainJob('a'), false);
      const jobs = await bench.store.claim(2000, 1, 100);
      assert.deepEqual(await bench.store.renew(jobs, 30_000), new Set(['a-1']));
      await bench.pass(150);
      assert.deepEqual(await bench.store.claim(2000, 1, 100), []);
    });

    promise('settle: advances or ends a job, and it can be claimed again', async ({ store }) => {
      await store.put(call, plainJob('a'), false);
      const [first] = await store.claim(2000, 1, 30_000);
      assert.ok(first);
      await store.settle(first, { kind: 'next', dueAt: 1500, runs: 3, attempts: 2 });
      const [again] = await store.claim(2000, 1, 30_000);
      assert.deepEqual([again?.dueAt, again?.runs, again?.attempts], [1500, 3, 2]);
      assert.ok(again);
      await store.settle(again, { kind: 'finished' });
      assert.equal(await store.get(call, 'a'), undefined);
    });

    promise('settle: the end of a run does not change a job that was replaced meanwhile', async ({ store }) => {
      await store.put(call, plainJob('a'), false);
      const [firstClaim] = await store.claim(2000, 1, 30_000);
      assert.ok(firstClaim);
      await store.put(call, plainJob('a', { version: 'a-2', dueAt: 4000 }), true);
      assert.deepEqual(await store.renew([firstClaim], 1000), new Set());
      await store.settle(firstClaim, { kind: 'finished' });
      assert.equal((await store.get(call, 'a'))?.version, 'a-2');
    });

    promise('release: a released job can be claimed at once', async ({ store, second }) => {
      await store.put(call, plainJob('a'), false);
      await store.release(await store.claim(2000, 1, 30_000));
      assert.deepEqual(names(await (second ?? store).claim(2000, 1, 30_000)), ['a']);
    });

    promise("another app's jobs are out of sight", async ({ store, stranger }) => {
      if (!stranger) return;
      await store.put(call, plainJob('a'), false);
      assert.equal(await stranger.get(call, 'a'), undefined);
      assert.deepEqual(await stranger.claim(2000, 10, 1000), []);
      await stranger.delete(call, 'a');
      await stranger.deleteByPrefix(call, '');
      assert.ok(await store.get(call, 'a'));
    });
  });
}
