import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { waitForPort } from '../../infra/launcher/ports.ts';
import { startReaper } from '../../infra/launcher/reaper.ts';
import { supervise, type Supervised } from '../../infra/launcher/supervised.ts';
import { natsServer } from '../../infra/servers/nats.ts';
import { postgresServer, preparePostgres, removePostgresData } from '../../infra/servers/postgres.ts';
import { redisServer } from '../../infra/servers/redis.ts';
import { type Server, StartError } from '../../infra/servers/server.ts';
import { pause } from './store.ts';

export type ServerName = 'postgres' | 'nats';

export interface TestServers {
  readonly postgresUrl: string;
  readonly natsUrl: string;
  /** Undefined when not requested or not available. */
  readonly redisUrl?: string;
  /** A folder for whatever else the test writes; removed by `stop`. */
  readonly home: string;
  /** SIGKILL, as in a crash; it is restarted at once. Resolves to the downtime in ms. */
  crash(name: ServerName): Promise<number>;
  stop(): Promise<void>;
}

export interface TestServersOptions {
  readonly withRedis?: boolean;
}

/** A Postgres and a NATS for one test, which can kill them; a Redis on request, where available. */
export async function startTestServers({ withRedis = false }: TestServersOptions = {}): Promise<TestServers> {
  const home = mkdtempSync(join(tmpdir(), 'own-servers-'));
  // Root runs Postgres as another user, who must be able to traverse the folder.
  chmodSync(home, 0o755);
  const logs = join(home, 'logs');
  mkdirSync(logs);
  const env = { ...process.env, DATABASE_URL: undefined, NATS_URL: undefined, REDIS_URL: undefined };
  const ignore = (): void => {};
  const servers: Readonly<Record<ServerName, Server>> = {
    postgres: await postgresServer(home, ignore, env),
    nats: await natsServer(home, ignore, env),
  };
  const redis = withRedis ? await redisServer(home, ignore, env) : undefined;
  const reaper = startReaper();
  const programs = new Map<ServerName | 'redis', Supervised>();
  for (const name of ['postgres', 'nats'] as const) {
    const { command } = servers[name];
    if (!command) throw new StartError(`${name} is not started by this test.`, 'Unset DATABASE_URL and NATS_URL.');
    const watcher = { onLine: ignore, onExit: ignore, onRestart: ignore };
    const program = supervise({ name, ...command }, join(logs, `${name}.log`), reaper, watcher);
    program.start();
    programs.set(name, program);
  }
  if (redis?.command) {
    const { file, args, port } = redis.command;
    // Without it Redis does not notify subscribers of changed keys.
    const command = { name: 'redis', file, args: [...args, '--notify-keyspace-events', 'KEA'] };
    const program = supervise(command, join(logs, 'redis.log'), reaper, {
      onLine: ignore,
      onExit: ignore,
      onRestart: ignore,
    });
    program.start();
    programs.set('redis', program);
    await waitForPort(port, '127.0.0.1', 30_000);
  }
  const waitUntilReady = (name: ServerName): Promise<void> =>
    name === 'postgres'
      ? preparePostgres(servers.postgres, 30_000)
      : waitForPort(servers.nats.command?.port ?? 0, '127.0.0.1', 30_000);
  await Promise.all([waitUntilReady('postgres'), waitUntilReady('nats')]);
  await disableFsync(servers.postgres.url);
  return {
    postgresUrl: servers.postgres.url,
    natsUrl: servers.nats.url,
    ...(redis && { redisUrl: redis.url }),
    home,
    async crash(name) {
      const program = programs.get(name);
      const pid = program?.pid;
      if (pid === undefined) throw new Error(`${name} is not running`);
      const begun = Date.now();
      process.kill(pid, 'SIGKILL');
      while (program?.pid === pid || program?.pid === undefined) await pause(20);
      await waitUntilReady(name);
      return Date.now() - begun;
    },
    async stop() {
      await Promise.all([...programs.values()].map((program) => program.stop(5000)));
      reaper.close();
      removePostgresData(home);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/**
 * Only processes are killed here, never the machine: data that Postgres has written to the system stays, so fsync, which can
 * take seconds on a busy machine, is not needed.
 */
async function disableFsync(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('alter system set fsync = off');
  await client.query('select pg_reload_conf()');
  await client.end();
}
