import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { isReachableByAll } from '../launcher/folders.ts';
import { freePort } from '../launcher/ports.ts';
import { findPostgres } from './postgres-binaries.ts';
import { runTool } from './run-tool.ts';
import { type Print, type Server, StartError } from './server.ts';

const user = 'tidewater';
const database = 'tidewater';

/**
 * No row and no parameter is written to the server's log, which would then contain shoppers' addresses: a failed statement
 * is reported to the program that sent it, and that program logs it. docker-compose.yml has the same settings.
 */
export const logSettings: readonly string[] = [
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
  'log_parameter_max_length=0',
  'log_parameter_max_length_on_error=0',
  'log_statement=none',
  'log_min_duration_statement=-1',
];

/** The server of `DATABASE_URL`, or the command to run one with its data below `home`. */
export async function postgresServer(
  home: string,
  print: Print,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Server> {
  if (env.DATABASE_URL) return { url: checkedUrl(env.DATABASE_URL), origin: 'DATABASE_URL' };
  const binaries = await findPostgres(print);
  const owner = await serverUser();
  const folder = dataFolder(home, owner);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  if (!existsSync(join(data, 'PG_VERSION'))) {
    print('preparing a new database …');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
    if (owner) for (const path of [folder, passwordFile]) chownSync(path, owner.uid, owner.gid);
    const args = [
      '-D',
      data,
      '-U',
      user,
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
    ];
    const { status, output } = await runTool(join(binaries.bin, 'initdb'), args, {
      limitMs: 60_000,
      cwd: folder,
      ...owner,
    });
    if (status !== 0) {
      rmSync(data, { recursive: true, force: true });
      throw new StartError(
        `initdb of ${binaries.origin} failed: ${output.trim().split('\n').at(-1)}`,
        'Set DATABASE_URL to a Postgres that runs, or free the disk it complains about.',
      );
    }
  }
  const dataVersion = Number(readFileSync(join(data, 'PG_VERSION'), 'utf8'));
  if (dataVersion !== binaries.major) {
    throw new StartError(
      `The data in ${data} was made by Postgres ${dataVersion}, but the one found here is ${binaries.major} (${binaries.origin}).`,
      'Begin with empty data: npm start -- --fresh. Or set DATABASE_URL, or install that version again.',
    );
  }
  const password = readFileSync(passwordFile, 'utf8').trim();
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=64MB',
    'logging_collector=off',
    ...logSettings,
  ];
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
    origin: binaries.origin,
    command: {
      file: join(binaries.bin, 'postgres'),
      args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      port,
      cwd: folder,
      ...owner,
      stopSignal: 'SIGINT',
    },
  };
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  throw new StartError(
    'DATABASE_URL is not a URL of a Postgres.',
    'Set it to something like postgres://user:password@127.0.0.1:5432/database, or unset it.',
  );
}

/** Postgres does not run as root: then it runs as `postgres`, else as `nobody`. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([
      runTool('id', ['-u', name], { limitMs: 2000 }),
      runTool('id', ['-g', name], { limitMs: 2000 }),
    ]);
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.output), gid: Number(gid.output) };
  }
  throw new StartError(
    'Postgres does not run as root, and there is neither a user postgres nor nobody.',
    'Start the store as an ordinary user, or set DATABASE_URL.',
  );
}

/** Below `home`, unless the server's user cannot traverse it: a checkout below a private home folder of root. */
function dataFolder(home: string, owner: object | undefined): string {
  return owner && !isReachableByAll(home) ? join(fallbackFolder(home), 'postgres') : join(home, 'postgres');
}

function fallbackFolder(home: string): string {
  return join('/var/lib/outrigger', createHash('sha256').update(home).digest('hex').slice(0, 12));
}

/** For `--fresh`, and for tests that leave nothing behind. */
export function removePostgresData(home: string): void {
  rmSync(join(home, 'postgres'), { recursive: true, force: true });
  rmSync(fallbackFolder(home), { recursive: true, force: true });
}

/** Waits until it accepts queries, and creates our database when the launcher runs the server. */
export async function preparePostgres(server: Server, limitMs: number): Promise<void> {
  const admin = server.command ? server.url.replace(/\/[^/]*$/, '/postgres') : server.url;
  const end = Date.now() + limitMs;
  // Loaded while the server starts.
  const { default: pg } = await import('pg');
  for (;;) {
    const client = new pg.Client({ connectionString: admin, connectionTimeoutMillis: 3000 });
    client.on('error', () => {
      // The connection broke while idle; the next attempt reports it.
    });
    try {
      await client.connect();
      if (server.command) {
        const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
        if (!rowCount) await client.query(`create database ${database}`);
      }
      await client.end();
      return;
    } catch (cause) {
      await client.end().catch(() => undefined);
      if (Date.now() > end) {
        throw new StartError(
          `Postgres (${server.origin}) does not respond: ${cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : String(cause)}`,
          server.command
            ? 'See postgres.log among the logs; --fresh begins with empty data.'
            : 'Check DATABASE_URL: host, port, user, password, database, and that the server runs.',
          { cause },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
