import type { Clock } from '#core/clock.ts';
import type { JobStore, PlannedJob } from '#blocks/jobs/job-store.ts';
import { textArray } from './binary-array.ts';
import { type Parameter, type Statement, postgresConnection } from './connection.ts';
import { jobColumns, jobOf, jobParameters } from './job-row.ts';
import type { Migration } from './migration.ts';
import { migrate } from './migration.ts';
import { onceDone, whenReady } from './prepared-connection.ts';
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
  const prepared = onceDone(async () => {
    const connection = postgresConnection(settings, clock);
    try {
      await connection.transaction((session) =>
        migrate(session, settings.metadataTable, jobMigration(table, settings)),
      );
    } finally {
      await connection.close();
    }
  });
  const connection = whenReady(prepared, postgresConnection(settings, clock, { isPipelined: true }));
  const sql = jobStatements(table);
  const leasedHere = (jobs: readonly PlannedJob[]): Parameter[] => [
    owner,
    holder,
    textArray(jobs.map(({ name }) => name)),
    textArray(jobs.map(({ version }) => version)),
  ];

  return {
    async put(_call, job, overwrite) {
      const rows = await connection.run(overwrite ? sql.put : sql.add, [owner, ...jobParameters(job)]);
      return rows.length > 0;
    },
    async get(_call, name) {
      const [row] = await connection.run(sql.get, [owner, name]);
      return row && jobOf(row);
    },
    async delete(_call, name) {
      await connection.run(sql.delete, [owner, name]);
    },
    list: async (_call, prefix) => (await connection.run(sql.list, [owner, prefix])).map(jobOf),
    async deleteByPrefix(_call, prefix) {
      await connection.run(sql.deleteByPrefix, [owner, prefix]);
    },
    async claim(before, limit, leaseMs) {
      const rows = await connection.run(sql.claim, [owner, before, limit, leaseMs, holder]);
      return rows.map(jobOf).sort((a, b) => a.dueAt - b.dueAt);
    },
    async renew(jobs, leaseMs) {
      const rows = await connection.run(sql.renew, [...leasedHere(jobs), leaseMs]);
      return new Set(rows.map(([version]) => version ?? ''));
    },
    async settle(job, outcome) {
      if (outcome.kind === 'finished') {
        await connection.run(sql.remove, leasedHere([job]));
        return;
      }
      const { dueAt, runs, attempts } = outcome;
      await connection.run(sql.reschedule, [...leasedHere([job]), dueAt, runs, attempts]);
    },
    async release(jobs) {
      if (jobs.length > 0) await connection.run(sql.release, leasedHere(jobs));
    },
    close: () => connection.close(),
  };
}

function jobStatements(table: string) {
  const named = (name: string, text: string): Statement => ({ name: `jobs-${name}`, text });
  const columns = jobColumns.join(', ');
  const insert = `insert into ${table} (owner, ${columns})
    values ($1, ${jobColumns.map((_, at) => `$${at + 2}`).join(', ')}) on conflict (owner, name)`;
  const replaced = jobColumns.map((column) => `${column} = excluded.${column}`).join(', ');
  const free = `leased_until = '-infinity', held_by = ''`;
  const leased = (parameter: string): string => `now() + ${parameter}::float8 * interval '1 millisecond'`;
  const leasedHere =
    'owner = $1 and held_by = $2 and (name, version) in (select * from unnest($3::text[], $4::text[]))';
  // `starts_with`, since the underscore is a wildcard in `like`
  const byPrefix = 'owner = $1 and starts_with(name, $2)';
  return {
    add: named('add', `${insert} do nothing returning name`),
    put: named('put', `${insert} do update set ${replaced}, ${free} returning name`),
    get: named('get', `select ${columns} from ${table} where owner = $1 and name = $2`),
    delete: named('delete', `delete from ${table} where owner = $1 and name = $2`),
    list: named('list', `select ${columns} from ${table} where ${byPrefix} order by name collate "C"`),
    deleteByPrefix: named('delete-prefix', `delete from ${table} where ${byPrefix}`),
    claim: named(
      'claim',
      `with due as (
         select owner, name from ${table}
         where owner = $1 and due_at_ms < $2::float8 and leased_until <= now()
         order by due_at_ms limit $3::integer for update skip locked
       )
       update ${table} j set leased_until = ${leased('$4')}, held_by = $5
       from due where j.owner = due.owner and j.name = due.name
       returning ${jobColumns.map((column) => `j.${column}`).join(', ')}`,
    ),
    renew: named('renew', `update ${table} set leased_until = ${leased('$5')} where ${leasedHere} returning version`),
    remove: named('remove', `delete from ${table} where ${leasedHere}`),
    reschedule: named(
      'reschedule',
      `update ${table} set due_at_ms = $5::float8, runs = $6::integer, attempts = $7::integer, ${free}
       where ${leasedHere}`,
    ),
    release: named('release', `update ${table} set ${free} where ${leasedHere}`),
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
