import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { root } from '../../infra/launcher/folders.ts';
import { freePort, waitForPort } from '../../infra/launcher/ports.ts';
import { startReaper } from '../../infra/launcher/reaper.ts';
import { type ProgramSpec, supervise, type Supervised } from '../../infra/launcher/supervised.ts';
import { natsServer } from '../../infra/servers/nats.ts';
import { postgresServer, preparePostgres } from '../../infra/servers/postgres.ts';
import type { Print } from '../../infra/servers/server.ts';

/** The servers and the app that all sidecars under test use: one Postgres, one NATS, and one app that responds at once. */
export interface BenchEnvironment {
  readonly home: string;
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly echoPort: number;
  readonly subscriberPort: number;
  readonly versions: Readonly<Record<'postgres' | 'nats', string>>;
  readonly database: pg.Client;
  readonly nats: NatsConnection;
  /** Starts a program that must not exit on its own; `check` throws when it does. */
  start(spec: ProgramSpec): Supervised;
  /** Throws when a program has exited. */
  check(): void;
  addStream(name: string, subject: string): Promise<void>;
  close(): Promise<void>;
}

export async function openBenchEnvironment(print: Print): Promise<BenchEnvironment> {
  const home = join(root, '.outrigger', `bench-${process.pid}`);
  const logs = join(home, 'logs');
  mkdirSync(logs, { recursive: true });
  const reaper = startReaper();
  const programs: Supervised[] = [];
  let broken: Error | undefined;
  const start = (spec: ProgramSpec): Supervised => {
    const program = supervise(spec, join(logs, `${spec.name}.log`), reaper, {
      onLine() {},
      onExit: (name, how, _delayMs, lastLines) => {
        broken ??= new Error(`${name} ${how}:\n${lastLines.join('\n')}`);
      },
      onRestart() {},
    });
    program.start();
    programs.push(program);
    return program;
  };
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.toReversed()) await closer().catch(() => undefined);
    for (const program of programs.toReversed()) await program.stop(5000);
    reaper.close();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const [postgres, broker] = await Promise.all([postgresServer(home, print), natsServer(home, print)]);
    for (const [name, server] of Object.entries({ postgres, nats: broker }))
      if (server.command) start({ name, ...server.command });
    const echoPort = await freePort();
    const subscriberPort = await freePort();
    start({
      name: 'app',
      file: process.execPath,
      args: [join(import.meta.dirname, 'load-app.ts'), String(echoPort), String(subscriberPort)],
    });
    await preparePostgres(postgres, 30_000);
    if (broker.command) await waitForPort(broker.command.port, '127.0.0.1', 10_000);
    await Promise.all([echoPort, subscriberPort].map((port) => waitForPort(port, '127.0.0.1', 10_000)));
    const database = new pg.Client({ connectionString: postgres.url });
    await database.connect();
    closers.push(() => database.end());
    const nats = await connect({ servers: broker.url, timeout: 5000 });
    closers.push(() => nats.close());
    const manager = await jetstreamManager(nats);
    const { rows } = await database.query<{ server_version: string }>('show server_version');
    return {
      home,
      databaseUrl: postgres.url,
      natsUrl: broker.url,
      echoPort,
      subscriberPort,
      versions: { postgres: rows[0]?.server_version ?? '', nats: nats.info?.version ?? '' },
      database,
      nats,
      start,
      check() {
        if (broken) throw broken;
      },
      addStream: async (name, subject) => void (await manager.streams.add({ name, subjects: [subject] })),
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}
