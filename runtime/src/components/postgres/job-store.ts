import type { Clock } from '#core/clock.ts';
import type { JobStore, PlannedJob } from '#blocks/jobs/job-store.ts';
import { textArray } from './binary-array.ts';
import { postgresConnection } from './connection.ts';
import { jobColumns, jobOf, jobParameters } from './job-row.ts';
import type { Migration } from './migration.ts';
import { migrate } from './migration.ts';
import type { PostgresSettings } from './settings.ts';

export interface JobStoreDependencies {
  readonly clock: Clock;
  /** The holder of leases: a new id with each start. */
  readonly holder: string;
}

/** Jobs in the database of the state store, in a table that is created on first use, on a dedicated connection. */
export function postgresJobStore(
  owner: string,
  settings: PostgresSettings,
  { clock, holder }: JobStoreDependencies,
): JobStore {
  const table = `${settings.tablePrefix}outrigger_jobs`;
  const connection = postgresConnection(settings, clock, { isPipelined: true });
  let prepared: Promise<void> | undefined;

  const prepare = async (): Promise<void> => {
    const migrationConnection = postgresConnection(settings, clock);
    try {
      await migrationConnection.transaction((session) =>
        migrate(session, settings.metadataTable, jobMigration(table, settings)),
      );
    } finally {
      await migrationConnection.close();
    }
  };
  const ready = (): Promise<void> => {
    prepared ??= prepare().catch((cause: unknown) => {
      prepared = undefined;
      throw cause;
    });
    return prepared;
  };

  const run = async (name: string, text: string, parameters: Parameters<typeof connection.run>[1]) => {
    await ready();
    return await connection.run({ name: `jobs-${name}`, text }, parameters);
  };
  const leased = (parameter: string): string => `now() + ${parameter}::float8 * interval '1 millisecond'`;
  const leasedHere =
    'owner = $1 and held_by = $2 and (name, version) in (select * from unnest($3::text[], $4::text[]))';
  const leasedHereParameters = (jobs: readonly PlannedJob[]) => [
    owner,
    holder,
    textArray(jobs.map(({ name }) => name)),
    textArray(jobs.map(({ version }) => version)),
  ];
  /** `starts_with`, since the underscore is a wildcard in `like`. */
  const byPrefix = 'owner = $1 and starts_with(name, $2)';

  return {
    async put(_call, job, overwrite) {
      const values = jobColumns.map((_, at) => `$${at + 2}`).join(', ');
      const replaced = jobColumns.map((column) => `${column} = excluded.${column}`).join(', ');
      const conflict = overwrite ? `do update set ${replaced}, leased_until = '-infinity', held_by = ''` : 'do nothing';
      const rows = await run(
        overwrite ? 'put' : 'add',
        `insert into ${table} (owner, ${jobColumns.join(', ')}) values ($1, ${values})
          on conflict (owner, name) ${conflict} returning name`,
        [owner, ...jobParameters(job)],
      );
      return rows.length > 0;
    },
    async get(_call, name) {
      const sql = `select ${jobColumns.join(', ')} from ${table} where owner = $1 and name = $2`;
      const [row] = await run('get', sql, [owner, name]);
      return row && jobOf(row);
    },
    async delete(_call, name) {
      await run('delete', `delete from ${table} where owner = $1 and name = $2`, [owner, name]);
    },
    async list(_call, prefix) {
      const sql = `select ${jobColumns.join(', ')} from ${table} where ${byPrefix} order by name collate "C"`;
      return (await run('list', sql, [owner, prefix])).map(jobOf);
    },
    async deleteByPrefix(_call, prefix) {
      await run('delete-prefix', `delete from ${table} where ${byPrefix}`, [owner, prefix]);
    },
    async claim(before, limit, leaseMs) {
      const columns = jobColumns.map((column) => `j.${column}`).join(', ');
      const rows = await run(
        'claim',
        `with due as (
           select owner, name from ${table}
           where owner = $1 and due_at_ms < $2::float8 and leased_until <= now()
           order by due_at_ms limit $3::integer for update skip locked
         )
         update ${table} j set leased_until = ${leased('$4')}, held_by = $5
         from due where j.owner = due.owner and j.name = due.name returning ${columns}`,
        [owner, before, limit, leaseMs, holder],
      );
      return rows.map(jobOf).sort((a, b) => a.dueAt - b.dueAt);
    },
    async renew(jobs, leaseMs) {
      const sql = `update ${table} set leased_until = ${leased('$5')} where ${leasedHere} returning version`;
      const rows = await run('renew', sql, [...leasedHereParameters(jobs), leaseMs]);
      return new Set(rows.map(([version]) => version ?? ''));
    },
    async settle(job, outcome) {
      if (outcome.kind === 'finished') {
        await run('removed', `delete from ${table} where ${leasedHere}`, leasedHereParameters([job]));
        return;
      }
      const { dueAt, runs, attempts } = outcome;
      await run(
        'next',
        `update ${table} set due_at_ms = $5::float8, runs = $6::integer, attempts = $7::integer,
           leased_until = '-infinity', held_by = '' where ${leasedHere}`,
        [...leasedHereParameters([job]), dueAt, runs, attempts],
      );
    },
    async release(jobs) {
      const sql = `update ${table} set leased_until = '-infinity', held_by = '' where ${leasedHere}`;
      if (jobs.length > 0) await run('release', sql, leasedHereParameters(jobs));
    },
    close: () => connection.close(),
  };
}

function jobMigration(table: string, { tablePrefix }: PostgresSettings): Migration {
  const bareName = table.slice(table.indexOf('.') + 1);
  return {
    key: `migrations-outrigger-jobs-${tablePrefix}`,
    steps: [
      `create table if not exists ${table} (
         owner text not null,
         name text not null,
         due_at_ms double precision not null,
         schedule text,
         repeats bigint,
         due_time text,
         ttl text,
         data_type text,
         data bytea,
         failure_policy text not null,
         expires_at_ms double precision,
         anchor_at_ms double precision not null,
         runs bigint not null,
         attempts bigint not null,
         traceparent text not null,
         version text not null,
         leased_until timestamptz not null default '-infinity',
         held_by text not null default '',
         primary key (owner, name)
       );
       create index if not exists ${bareName}_due_idx on ${table} (owner, due_at_ms)`,
    ],
  };
}
