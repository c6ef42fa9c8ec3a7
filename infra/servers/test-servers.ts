import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../launcher/folders.ts';
import { waitForPort } from '../launcher/ports.ts';
import { type Reaper, startReaper } from '../launcher/reaper.ts';
import { supervise, type Supervised } from '../launcher/supervised.ts';
import { mongodbServer } from './mongodb.ts';
import { mosquittoServer } from './mosquitto.ts';
import { findNats, natsServer } from './nats.ts';
import { postgresServer, preparePostgres, removePostgresData } from './postgres.ts';
import { rabbitmqServer } from './rabbitmq.ts';
import { redisServer } from './redis.ts';
import type { Print, Server } from './server.ts';

export interface TestServers {
  /** The variables by which tests find the servers, such as `TEST_DATABASE_URL`. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface TestServersOptions {
  readonly note: Print;
  /** Postgres and NATS only. */
  readonly isMinimal?: boolean;
}

/** A Postgres and a NATS for this run, and a Redis, a mosquitto, a MongoDB and a RabbitMQ where available; `stop` removes their data. */
export async function startTestServers({ note, isMinimal = false }: TestServersOptions): Promise<TestServers> {
  const home = join(root, '.outrigger', `test-${process.pid}`);
  const reaper = startReaper();
  const programs: Supervised[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.stop(3000)));
    reaper.close();
    removePostgresData(home);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    return { env: await start(home, { note, isMinimal }, { reaper, programs }), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

interface Started {
  readonly reaper: Reaper;
  readonly programs: Supervised[];
}

async function start(
  home: string,
  options: Required<TestServersOptions>,
  started: Started,
): Promise<Record<string, string>> {
  const { note, isMinimal } = options;
  mkdirSync(join(home, 'logs'), { recursive: true });
  const optional = <T>(find: () => T | Promise<T>): T | Promise<T> | undefined => (isMinimal ? undefined : find());
  const [postgres, nats, natsBinary, redis, mosquitto, mongodb, rabbitmq] = await Promise.all([
    postgresServer(home, note),
    natsServer(home, note),
    findNats(note).catch(() => undefined),
    optional(() => redisServer(home, note)),
    optional(() => mosquittoServer(home)),
    optional(() => mongodbServer(home, note)),
    optional(() => rabbitmqServer(home, note)),
  ]);
  if (!mosquitto && !isMinimal) note('no mosquitto: MQTT is tested on a broker inside the test process');
  const servers = { postgres, nats, redis, mosquitto, mongodb, rabbitmq };
  for (const [name, server] of Object.entries(servers))
    if (server?.command) startProgram(name, server, { home, note, started });
  const [[hasRedis, hasMosquitto, hasMongodb, hasRabbitmq]] = await Promise.all([
    Promise.all([redis, mosquitto, mongodb, rabbitmq].map((server) => listens(server, note))),
    preparePostgres(postgres, 30_000),
  ]);
  return {
    TEST_DATABASE_URL: postgres.url,
    TEST_NATS_URL: nats.url,
    ...(natsBinary && { TEST_NATS_SERVER: natsBinary.file }),
    ...(hasRedis && { TEST_REDIS_URL: redis?.url ?? '' }),
    ...(hasRedis && redis?.command && { TEST_REDIS_SERVER: redis.command.file }),
    ...(hasMosquitto && { TEST_MQTT_URL: mosquitto?.url ?? '' }),
    ...(hasMongodb && { TEST_MONGODB_URL: mongodb?.url ?? '' }),
    ...(hasMongodb && mongodb?.program && { TEST_MONGODB_SERVER: mongodb.program }),
    ...(hasRabbitmq && { TEST_RABBITMQ_URL: rabbitmq?.url ?? '' }),
    ...(hasRabbitmq && rabbitmq?.file && { TEST_RABBITMQ_SERVER: rabbitmq.file }),
  };
}

function startProgram(
  name: string,
  { command }: Server,
  { home, note, started }: { readonly home: string; readonly note: Print; readonly started: Started },
): void {
  if (!command) return;
  const program = supervise({ name, ...command }, join(home, 'logs', `${name}.log`), started.reaper, {
    onLine() {},
    onExit: (_name, how) => note(`${name} ${how}`),
    onRestart() {},
  });
  program.start();
  started.programs.push(program);
}

/** Some need seconds to start. Tests that need a server that does not start are skipped. */
async function listens(server: Server | undefined, note: Print): Promise<boolean> {
  if (server?.command === undefined) return server !== undefined;
  try {
    await waitForPort(server.command.port, '127.0.0.1', 60_000);
    return true;
  } catch {
    note(`${server.origin} does not start: tests that need it are skipped`);
    return false;
  }
}
