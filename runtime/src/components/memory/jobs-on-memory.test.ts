import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AppBehaviour, call, jobFixture } from '#blocks/jobs/job-fixture.testing.ts';
import type { WireJob } from '#blocks/jobs/wire.ts';
import { memoryJobStore } from './job-store.ts';

async function ran(
  job: Omit<WireJob, 'name'>,
  forMs: number,
  behaviours: AppBehaviour[] = [],
): Promise<readonly number[]> {
  const bench = jobFixture(memoryJobStore, behaviours);
  bench.runner.start(bench.app);
  await bench.jobs.schedule(call, { job: { name: 'a', ...job }, overwrite: false });
  await bench.clock.tick(forMs);
  await bench.runner.stop(0);
  return bench.runs.map(({ atMs }) => atMs);
}

const constant = (seconds: bigint, maxRetries?: number) => ({
  policy: { case: 'constant' as const, value: { interval: { seconds, nanos: 0 }, maxRetries } },
});

test('jobs: a job runs once, when it is due', async () => {
  assert.deepEqual(await ran({ dueTime: '5s' }, 60_000), [5000]);
  assert.deepEqual(await ran({ dueTime: '2020-01-01T00:00:00Z' }, 5000), [0]);
});

test('jobs: a schedule begins after its interval or at its due time, and ends with repeats or time to live', async () => {
  assert.deepEqual(await ran({ schedule: '@every 2s' }, 6500), [2000, 4000, 6000]);
  assert.deepEqual(await ran({ schedule: '@every 2s', dueTime: '1s', repeats: 3 }, 60_000), [1000, 3000, 5000]);
  assert.deepEqual(
    await ran({ schedule: '@every 1s', dueTime: '1s', ttl: '4s' }, 60_000),
    [1000, 2000, 3000, 4000, 5000],
  );
});

test('jobs: a rejected run is retried three times, one second apart', async () => {
  const rejected: AppBehaviour[] = Array.from({ length: 4 }, () => 'reject');
  assert.deepEqual(await ran({ dueTime: '0s' }, 60_000, [...rejected]), [0, 1000, 2000, 3000]);
  assert.deepEqual(
    await ran({ schedule: '@every 10s' }, 25_000, [...rejected]),
    [10_000, 11_000, 12_000, 13_000, 20_000],
  );
});

test('jobs: the failure policy sets retries and interval, or drop', async () => {
  const rejected = (): AppBehaviour[] => ['reject', 'reject', 'reject'];
  assert.deepEqual(await ran({ dueTime: '0s', failurePolicy: constant(5n, 1) }, 60_000, rejected()), [0, 5000]);
  const drop = { policy: { case: 'drop' as const, value: {} } };
  assert.deepEqual(await ran({ dueTime: '0s', failurePolicy: drop }, 60_000, rejected()), [0]);
  assert.deepEqual(
    await ran({ dueTime: '0s', failurePolicy: constant(2n) }, 60_000, rejected()),
    [0, 2000, 4000, 6000],
  );
});

test('jobs: an unknown job is not retried', async () => {
  assert.deepEqual(await ran({ dueTime: '0s' }, 60_000, ['unknown']), [0]);
});

test('jobs: jobs wait while the app is unreachable', async () => {
  const unreachable: AppBehaviour[] = Array.from({ length: 6 }, () => 'unavailable');
  const drop = { policy: { case: 'drop' as const, value: {} } };
  const times = await ran({ dueTime: '0s', failurePolicy: drop }, 60_000, unreachable);
  assert.deepEqual(times, [0, 1000, 2000, 3000, 4000, 5000, 6000]);
});

test('jobs: jobs that were due before the app started run once when it starts', async () => {
  const bench = jobFixture(memoryJobStore);
  await bench.jobs.schedule(call, { job: { name: 'a', dueTime: '1s' }, overwrite: false });
  await bench.jobs.schedule(call, { job: { name: 'b', schedule: '@every 1s' }, overwrite: false });
  await bench.clock.tick(10_400);
  assert.equal(bench.runs.length, 0);
  bench.runner.start(bench.app);
  await bench.clock.tick(900);
  assert.deepEqual(
    bench.runs.map(({ name, atMs }) => `${name} ${atMs}`),
    ['a 10400', 'b 10400', 'b 11000'],
  );
  await bench.runner.stop(0);
});

test('jobs: jobs: a job that is deleted or replaced just before it is due does not run', async () => {
  const bench = jobFixture(memoryJobStore);
  bench.runner.start(bench.app);
  await bench.jobs.schedule(call, { job: { name: 'deleted', dueTime: '1s' }, overwrite: false });
  await bench.jobs.schedule(call, { job: { name: 'moved', dueTime: '1s' }, overwrite: false });
  await bench.jobs.schedule(call, { job: { name: 'elsewhere', dueTime: '1s' }, overwrite: false });
  await bench.clock.tick(900);
  await bench.jobs.delete(call, { name: 'deleted' });
  await bench.jobs.schedule(call, { job: { name: 'moved', dueTime: '5s' }, overwrite: true });
  // as another sidecar would, without notifying this one
  await bench.store.delete(call, 'elsewhere');
  await bench.clock.tick(20_000);
  assert.deepEqual(bench.runs, [{ name: 'moved', atMs: 5900 }]);
  await bench.runner.stop(0);
});

test('jobs: a run longer than a lease renews it, and stopping releases jobs that were not started', async () => {
  const bench = jobFixture(memoryJobStore, ['hang']);
  bench.runner.start(bench.app);
  await bench.jobs.schedule(call, { job: { name: 'slow', dueTime: '0s' }, overwrite: false });
  await bench.clock.tick(100_000);
  assert.equal(bench.runs.length, 1);
  await bench.jobs.schedule(call, { job: { name: 'next', dueTime: '1s' }, overwrite: false });
  await bench.clock.tick(100);
  const stopping = bench.runner.stop(1000);
  await bench.clock.tick(2000);
  await stopping;
  const { store, clock } = bench;
  assert.deepEqual(
    (await store.claim(clock.now(), 10, 1000)).map(({ name }) => name),
    ['next'],
  );
});

test('jobs: an invalid job is rejected with the reason, and a missing one with the operation’s code', async () => {
  const { jobs } = jobFixture(memoryJobStore);
  const schedule = (job: Partial<WireJob>) => jobs.schedule(call, { job: { name: 'a', ...job }, overwrite: false });
  const rejected = (code: string, http: number, message: RegExp) => (error: unknown) => {
    const { kind, message: text } = error as { kind: { code: string; http: number }; message: string };
    assert.deepEqual([kind.code, kind.http], [code, http]);
    assert.match(text, message);
    return true;
  };
  const invalid = (message: RegExp) => rejected('DAPR_SCHEDULER_SCHEDULE_JOB', 400, message);
  await assert.rejects(schedule({}), rejected('DAPR_SCHEDULER_SCHEDULE_EMPTY', 400, /Schedule is empty/));
  for (const name of ['', ' '])
    await assert.rejects(schedule({ name }), rejected('DAPR_SCHEDULER_JOB_NAME_EMPTY', 400, /Name is empty/));
  await assert.rejects(schedule({ name: 'a/b', dueTime: '1s' }), invalid(/job name is invalid/));
  await assert.rejects(schedule({ schedule: 'bogus' }), invalid(/no schedule: bogus/));
  await assert.rejects(schedule({ dueTime: 'soon' }), invalid(/due time format not recognized/));
  await assert.rejects(schedule({ dueTime: 'R3/PT1S' }), invalid(/repeats not supported/));
  await assert.rejects(schedule({ dueTime: '1s', repeats: 2 }), invalid(/must have a schedule to repeat/));
  await assert.rejects(schedule({ schedule: '@every 1s', repeats: 0 }), invalid(/greater than 0/));
  await assert.rejects(schedule({ dueTime: '1s', ttl: '2s' }), invalid(/must have a schedule to have a ttl/));
  await schedule({ dueTime: '1h' });
  await assert.rejects(
    schedule({ dueTime: '1h' }),
    rejected('DAPR_SCHEDULER_SCHEDULE_JOB', 409, /already exists: 'a'/),
  );
  await assert.rejects(jobs.get(call, { name: 'x' }), rejected('DAPR_SCHEDULER_GET_JOB', 500, /job not found: x/));
});
