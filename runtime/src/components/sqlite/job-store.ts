import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import type { JobStore, PlannedJob } from '#blocks/jobs/job-store.ts';
import type { Database } from './database.ts';
import type { WriteQueue } from './write-queue.ts';

export interface SqliteJobStoreDependencies {
  readonly database: Database;
  readonly queue: WriteQueue;
  /** The state table, after which the table of jobs is named. */
  readonly tableName: string;
  readonly clock: Clock;
  /** The holder of leases: a new id with each start. */
  readonly holder: string;
}

/** Jobs in the file of the state store, in a table that is created on first use. Leases are measured by the machine's clock. */
export function sqliteJobStore(owner: string, dependencies: SqliteJobStoreDependencies): JobStore {
  const { database, queue, clock, holder } = dependencies;
  const table = `${dependencies.tableName}_outrigger_jobs`;
  const stopping = new AbortController();
  const internalCall: Pick<Call, 'signal'> = { signal: stopping.signal };
  let made: Promise<JobStatements> | undefined;

  const statements = (): Promise<JobStatements> =>
    (made ??= queue
      .write(internalCall, () => createJobTable(database, table))
      .then(() => jobStatements(database, table))
      .catch((cause: unknown) => {
        made = undefined;
        throw cause;
      }));
  const write = async <T>(call: Pick<Call, 'signal'>, work: (sql: JobStatements) => T): Promise<T> => {
    const sql = await statements();
    return await queue.write(call, () => work(sql));
  };
  const read = async <T>(work: (sql: JobStatements) => T): Promise<T> => {
    const sql = await statements();
    return await database.retryWhileBusy(() => work(sql));
  };
  /** True when the job still has the claimed version, and this holder has its lease. */
  const isOurs = (sql: JobStatements, { name, version }: PlannedJob): boolean =>
    sql.ours.get(owner, name, version, holder) !== undefined;

  return {
    put: (call, job, overwrite) =>
      write(call, ({ find, put }) => {
        if (!overwrite && find.get(owner, job.name) !== undefined) return false;
        put.run(owner, job.name, job.dueAt, job.version, textOf(job), 0, '');
        return true;
      }),
    get: (_call, name) => read(({ find }) => jobOf(find.get(owner, name))),
    delete: (call, name) => write(call, ({ remove }) => void remove.run(owner, name)),
    list: (_call, prefix) => read(({ list }) => list.all(owner, prefix).flatMap((row) => jobOf(row) ?? [])),
    deleteByPrefix: (call, prefix) => write(call, ({ removeAll }) => void removeAll.run(owner, prefix)),
    claim: (before, limit, leaseMs) =>
      write(internalCall, ({ due, lease }) => {
        const now = clock.now();
        const jobs = due.all(owner, before, now, limit).flatMap((row) => jobOf(row) ?? []);
        for (const { name } of jobs) lease.run(now + leaseMs, holder, owner, name);
        return jobs;
      }),
    renew: (jobs, leaseMs) =>
      write(internalCall, (sql) => {
        const still = jobs.filter((job) => isOurs(sql, job));
        for (const { name } of still) sql.lease.run(clock.now() + leaseMs, holder, owner, name);
        return new Set(still.map(({ version }) => version));
      }),
    settle: (job, outcome) =>
      write(internalCall, (sql) => {
        if (!isOurs(sql, job)) return;
        if (outcome.kind === 'finished') return void sql.remove.run(owner, job.name);
        const { dueAt, runs, attempts } = outcome;
        const next = { ...job, dueAt, runs, attempts };
        sql.put.run(owner, job.name, dueAt, job.version, textOf(next), 0, '');
      }),
    release: (jobs) =>
      write(internalCall, (sql) => {
        for (const job of jobs) if (isOurs(sql, job)) sql.lease.run(0, '', owner, job.name);
      }),
    close: () => Promise.resolve(),
  };
}

function createJobTable({ sqlite }: Database, table: string): void {
  sqlite.exec(`
    create table if not exists ${table} (
      owner text not null,
      name text not null,
      due_at real not null,
      version text not null,
      job text not null,
      leased_until real not null,
      held_by text not null,
      primary key (owner, name)
    ) without rowid;
    create index if not exists ${table}_due_idx on ${table} (owner, due_at)`);
}

type JobStatements = ReturnType<typeof jobStatements>;

/** `substr`, since the underscore is a wildcard in `like`. */
function jobStatements({ sqlite }: Database, table: string) {
  const byPrefix = 'owner = ?1 and substr(name, 1, length(?2)) = ?2';
  return {
    find: sqlite.prepare(`select job from ${table} where owner = ? and name = ?`),
    ours: sqlite.prepare(`select 1 from ${table} where owner = ? and name = ? and version = ? and held_by = ?`),
    put: sqlite.prepare(
      `replace into ${table} (owner, name, due_at, version, job, leased_until, held_by) values (?, ?, ?, ?, ?, ?, ?)`,
    ),
    remove: sqlite.prepare(`delete from ${table} where owner = ? and name = ?`),
    list: sqlite.prepare(`select job from ${table} where ${byPrefix} order by name`),
    removeAll: sqlite.prepare(`delete from ${table} where ${byPrefix}`),
    due: sqlite.prepare(
      `select job from ${table} where owner = ? and due_at < ? and leased_until <= ? order by due_at limit ?`,
    ),
    lease: sqlite.prepare(`update ${table} set leased_until = ?, held_by = ? where owner = ? and name = ?`),
  };
}

function textOf(job: PlannedJob): string {
  const { data, ...plain } = job;
  if (!data) return JSON.stringify(plain);
  const { typeUrl, value } = data;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return JSON.stringify({ ...plain, data: { typeUrl, value: bytes.toString('base64') } });
}

/** Written by `textOf`. */
function jobOf(row: Readonly<Record<string, unknown>> | undefined): PlannedJob | undefined {
  if (!row) return undefined;
  const { data, ...plain } = JSON.parse(String(row['job'])) as Omit<PlannedJob, 'data'> & {
    readonly data?: { readonly typeUrl: string; readonly value: string };
  };
  return data ? { ...plain, data: { typeUrl: data.typeUrl, value: Buffer.from(data.value, 'base64') } } : plain;
}
