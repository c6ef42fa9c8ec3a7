import type { Clock } from '#core/clock.ts';
import type { JobStore, PlannedJob } from '#blocks/jobs/job-store.ts';

interface Row {
  readonly job: PlannedJob;
  readonly leasedUntil: number;
}

/** Jobs in memory, which are lost when the process ends. */
export function memoryJobStore(clock: Clock): JobStore {
  const rows = new Map<string, Row>();
  const current = (job: PlannedJob): Row | undefined => {
    const row = rows.get(job.name);
    return row?.job.version === job.version ? row : undefined;
  };
  const named = (prefix: string): PlannedJob[] =>
    [...rows.values()].flatMap(({ job }) => (job.name.startsWith(prefix) ? [job] : []));

  return {
    put(_call, job, overwrite) {
      if (rows.has(job.name) && !overwrite) return Promise.resolve(false);
      rows.set(job.name, { job, leasedUntil: 0 });
      return Promise.resolve(true);
    },
    get: (_call, name) => Promise.resolve(rows.get(name)?.job),
    delete: (_call, name) => Promise.resolve(void rows.delete(name)),
    list: (_call, prefix) => Promise.resolve(named(prefix).sort((a, b) => (a.name < b.name ? -1 : 1))),
    deleteByPrefix(_call, prefix) {
      for (const { name } of named(prefix)) rows.delete(name);
      return Promise.resolve();
    },
    claim(before, limit, leaseMs) {
      const now = clock.monotonic();
      const due = [...rows.values()]
        .filter(({ job, leasedUntil }) => job.dueAt < before && leasedUntil <= now)
        .map(({ job }) => job)
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, limit);
      for (const job of due) rows.set(job.name, { job, leasedUntil: now + leaseMs });
      return Promise.resolve(due);
    },
    renew(jobs, leaseMs) {
      const still = jobs.filter((job) => current(job) !== undefined);
      for (const { name } of still) {
        const row = rows.get(name);
        if (row) rows.set(name, { job: row.job, leasedUntil: clock.monotonic() + leaseMs });
      }
      return Promise.resolve(new Set(still.map(({ version }) => version)));
    },
    settle(job, outcome) {
      if (!current(job)) return Promise.resolve();
      if (outcome.kind === 'finished') rows.delete(job.name);
      else {
        const { dueAt, runs, attempts } = outcome;
        rows.set(job.name, { job: { ...job, dueAt, runs, attempts }, leasedUntil: 0 });
      }
      return Promise.resolve();
    },
    release(jobs) {
      for (const job of jobs) {
        const row = current(job);
        if (row) rows.set(job.name, { job: row.job, leasedUntil: 0 });
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
