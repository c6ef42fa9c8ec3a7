import type { Call } from '#core/call.ts';
import { appUnavailable } from '#core/app-channel.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { silentRecorder } from '#core/activity.ts';
import { parseGoDuration } from '#core/duration.ts';
import { jobRejected } from './errors.ts';
import type { JobApp } from './job-app.ts';
import { jobRunner } from './job-runner.ts';
import type { JobStore } from './job-store.ts';
import { jobsBlock } from './jobs.ts';
import type { ReadSchedule } from './schedule.ts';

export const owner = { appId: 'shop', namespace: 'default' };

export const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

/** Supports `@every` only: cron expressions belong to a component. */
export const everyOnly: ReadSchedule = (text) => {
  const ms = parseGoDuration(text.replace('@every ', ''));
  if (ms === undefined || ms <= 0) throw new TypeError(`no schedule: ${text}`);
  return { next: (after, anchor) => anchor + (Math.floor((after - anchor) / ms) + 1) * ms };
};

export type AppBehaviour = 'done' | 'unknown' | 'reject' | 'unavailable' | 'hang';

/** Jobs with a fake clock. `behaviours` are used up in order; after that every job is done. */
export function jobFixture(
  openStore: (clock: ReturnType<typeof fakeClock>) => JobStore,
  behaviours: AppBehaviour[] = [],
) {
  const clock = fakeClock();
  const store = openStore(clock);
  const runs: { readonly name: string; readonly atMs: number }[] = [];
  const begin = clock.now();
  const newCall = (signal: AbortSignal): Call => ({ ...call, signal });
  const dependencies = { recorder: silentRecorder, clock, log: silentLog, readSchedule: everyOnly };
  const runner = jobRunner({ ...dependencies, store, newCall });
  const jobs = jobsBlock({
    ...dependencies,
    owner,
    store,
    random: seededRandom(),
    onChange: (name) => runner.changed(name),
  });
  const app: JobApp = {
    run(_call, name) {
      runs.push({ name, atMs: clock.now() - begin });
      const behaviour = behaviours.shift() ?? 'done';
      switch (behaviour) {
        case 'reject':
          return Promise.reject(jobRejected(name, 'it responded with 500'));
        case 'unavailable':
          return Promise.reject(appUnavailable('127.0.0.1:1', 'connection refused'));
        case 'hang':
          return new Promise(() => {});
        case 'done':
        case 'unknown':
          return Promise.resolve(behaviour);
      }
    },
  };
  return { clock, store, runs, runner, jobs, app };
}
