import { spawn } from 'node:child_process';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Phase, phases } from './checks/phases.ts';
import { argumentsOrExit } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';
import { waitForPort } from './launcher/ports.ts';
import { startReaper } from './launcher/reaper.ts';
import { supervise, type Supervised } from './launcher/supervised.ts';
import { findNats, natsServer } from './servers/nats.ts';
import { postgresServer, preparePostgres, removePostgresData } from './servers/postgres.ts';
import { mongodbServer } from './servers/mongodb.ts';
import { mosquittoServer } from './servers/mosquitto.ts';
import { rabbitmqServer } from './servers/rabbitmq.ts';
import { redisServer } from './servers/redis.ts';
import { type Server, StartError } from './servers/server.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const help = `npm test [-- PHASE…]: everything that CI runs, or the named phases

${phases.map(({ name, description }) => `  ${name.padEnd(16)} ${description}`).join('\n')}
`;
const names = argumentsOrExit('test', help);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const startedAt = Date.now();
const reaper = startReaper();
const home = join(root, '.outrigger', `test-${process.pid}`);
const servers: Supervised[] = [];
const total: Counts = { passed: 0, failed: 0, skipped: 0 };

async function main(): Promise<void> {
  const unknown = names.filter((name) => !phases.some((phase) => phase.name === name));
  if (unknown.length > 0)
    throw new StartError(
      `No phase is called ${unknown.join(', ')}.`,
      `Phases: ${phases.map(({ name }) => name).join(', ')}.`,
    );
  const rows: string[] = [];
  for (const phase of phases.filter(({ name }) => names.length === 0 || names.includes(name))) {
    print(`\n▸ ${phase.name}: ${phase.description}`);
    const begun = Date.now();
    const counts = await run(phase);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const row = `${phase.name.padEnd(16)} ${String(counts.passed).padStart(5)} passed ${String(counts.failed).padStart(4)} failed ${String(counts.skipped).padStart(4)} skipped  ${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s`;
    print(`  ${row}`);
    rows.push(row);
  }
  print(`\nAfter ${((Date.now() - startedAt) / 1000).toFixed(0)} s:\n${rows.map((row) => `  ${row}`).join('\n')}\n`);
}

async function run(phase: Phase): Promise<Counts> {
  const env = {
    ...(phase.needsServers ? await startServers() : undefined),
    ...(phase.showsOutput && { SHOW_OUTPUT: '1' }),
  };
  if (phase.command) return runCommand(phase);
  const files = (phase.files ?? [])
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !file.includes('node_modules'))
    .toSorted();
  const args = [
    '--test',
    '--test-timeout=120000',
    `--test-isolation=${phase.inOneProcess ? 'none' : 'process'}`,
    ...(phase.inOneProcess ? [] : ['--test-concurrency=1']),
    `--import=${join(root, 'infra/checks/open-handles.ts')}`,
    `--test-reporter=${join(root, 'infra/checks/counting-reporter.ts')}`,
    '--test-reporter-destination=stdout',
    ...files,
  ];
  let counts: Counts | undefined;
  const status = await runToEnd(process.execPath, args, phase.limitMs, { ...process.env, ...env }, (line) => {
    if (line.startsWith('@counts ')) counts = JSON.parse(line.slice('@counts '.length)) as Counts;
    else print(line);
  });
  // A runner that crashed before its last line has failed, whatever it had counted.
  if (!counts) return { passed: 0, failed: 1, skipped: 0 };
  if (status !== 0 && counts.failed === 0) {
    print(`  the runner ended with ${status} although no test failed`);
    return { ...counts, failed: 1 };
  }
  return counts;
}

async function runCommand({ command = [], limitMs }: Phase): Promise<Counts> {
  const [tool = '', ...args] = command;
  const lines: string[] = [];
  const status = await runToEnd(join(root, 'node_modules', '.bin', tool), args, limitMs, process.env, (line) =>
    lines.push(line),
  );
  if (status !== 0) for (const line of lines) print(`  ${line}`);
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

function runToEnd(
  file: string,
  args: readonly string[],
  limitMs: number,
  env: NodeJS.ProcessEnv,
  line: (text: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const pid = child.pid;
    if (pid !== undefined) reaper.watch(pid);
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', line);
    const timer = setTimeout(() => {
      line(`  not done after ${limitMs / 1000} s: ended`);
      try {
        if (pid !== undefined) process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
      } catch {
        // It has exited, and child processes in other groups hold its output open.
      }
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve(1);
    }, limitMs);
    child.on('error', (error) => line(error.message));
    child.on('close', (code) => {
      clearTimeout(timer);
      if (pid !== undefined) reaper.forget(pid);
      resolve(code ?? 1);
    });
  });
}

/** A Postgres and a NATS for this run, and a Redis, a mosquitto, a MongoDB and a RabbitMQ where available; removed afterwards. */
async function startServers(): Promise<Record<string, string>> {
  const logs = join(home, 'logs');
  mkdirSync(logs, { recursive: true });
  const note = (text: string): void => print(`  ${text}`);
  const [postgres, nats, natsBinary, redis, mosquitto, mongodb, rabbitmq] = await Promise.all([
    postgresServer(home, note),
    natsServer(home, note),
    findNats(note).catch(() => undefined),
    redisServer(home, note),
    mosquittoServer(home),
    mongodbServer(home, note),
    rabbitmqServer(home, note),
  ]);
  const serverSpecs: Readonly<Record<string, Server>> = {
    postgres,
    nats,
    ...(redis && { redis }),
    ...(mosquitto && { mosquitto }),
    ...(mongodb && { mongodb }),
    ...(rabbitmq && { rabbitmq }),
  };
  if (!mosquitto) note('no mosquitto: MQTT is tested on a broker inside the test process');
  for (const [name, server] of Object.entries(serverSpecs)) {
    if (!server.command) continue;
    const program = supervise({ name, ...server.command }, join(logs, `${name}.log`), reaper, {
      onLine() {},
      onExit: (_name, how) => note(`${name} ${how}`),
      onRestart() {},
    });
    program.start();
    servers.push(program);
  }
  const optional = [redis, mosquitto, mongodb, rabbitmq];
  const [[hasRedis, hasMosquitto, hasMongodb, hasRabbitmq]] = await Promise.all([
    Promise.all(optional.map((server) => listens(server, note))),
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

/** Some need seconds to start. Tests that need a server that does not start are skipped. */
async function listens(server: Server | undefined, note: (text: string) => void): Promise<boolean> {
  if (server?.command === undefined) return server !== undefined;
  try {
    await waitForPort(server.command.port, '127.0.0.1', 60_000);
    return true;
  } catch {
    note(`${server.origin} does not start: tests that need it are skipped`);
    return false;
  }
}

async function cleanUp(): Promise<void> {
  await Promise.all(servers.map((server) => server.stop(3000)));
  reaper.close();
  removePostgresData(home);
  rmSync(home, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void cleanUp().then(() => process.exit(130)));

try {
  await main();
} catch (error) {
  total.failed++;
  if (error instanceof StartError) print(`\n✗ ${error.message}\n  Fix: ${error.fix}`);
  else print(`\n${error instanceof Error ? error.stack : String(error)}`);
}
await cleanUp();
print(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed === 0 ? 0 : 1);
