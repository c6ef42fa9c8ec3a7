import { natsServer } from '../servers/nats.ts';
import { postgresServer, preparePostgres } from '../servers/postgres.ts';
import { type Server, StartError } from '../servers/server.ts';
import type { Folders } from './folders.ts';
import { waitForPort } from './ports.ts';
import type { Secrets } from './secrets.ts';
import type { ProgramSpec } from './supervised.ts';
import type { Terminal } from './terminal.ts';

export interface ServerStart {
  readonly folders: Folders;
  readonly secrets: Secrets;
  readonly progress: Terminal;
  /** Runs a server that is not running already. */
  readonly run: (spec: ProgramSpec) => void;
}

export async function startPostgres({ folders, progress, run }: ServerStart): Promise<Server> {
  const done = progress.step('Postgres');
  const server = await postgresServer(folders.home, (line) => progress.print(line));
  if (server.command) run({ name: 'postgres', ...server.command });
  await preparePostgres(server, server.command ? 30_000 : 5000);
  done(server.origin);
  return server;
}

export async function startNats({ folders, secrets, progress, run }: ServerStart): Promise<Server> {
  const done = progress.step('NATS');
  const login = { user: 'tidewater', password: secrets.shared.NATS_PASSWORD };
  const server = await natsServer(folders.home, (line) => progress.print(line), process.env, login);
  if (server.command) run({ name: 'nats', ...server.command });
  const address = URL.canParse(server.url) ? new URL(server.url) : undefined;
  if (!address?.hostname)
    throw new StartError(
      'NATS_URL is not a URL.',
      'Set it to something like nats://127.0.0.1:4222, or nats://user:password@host:4222.',
    );
  await waitForPort(Number(address.port || 4222), address.hostname, server.command ? 15_000 : 5000).catch(
    (cause: unknown) => {
      throw new StartError(
        `NATS (${server.origin}) does not respond: ${cause instanceof Error ? cause.message : String(cause)}`,
        server.command ? 'See nats.log among the logs.' : 'Check NATS_URL, and that the server runs with JetStream.',
      );
    },
  );
  done(server.origin);
  return server;
}
