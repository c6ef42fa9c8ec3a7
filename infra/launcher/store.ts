import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { removePostgresData } from '../servers/postgres.ts';
import { StartError } from '../servers/server.ts';
import { storeApps, topology } from '../topology.ts';
import { bundlePrograms } from './bundle-programs.ts';
import { checkDaprd, makeStreams, planDaprd } from './daprd.ts';
import { chooseFolders, type Folders, foldersOf, launcherOf, makeFolders } from './folders.ts';
import { buildFrontend } from './frontend-build.ts';
import { checkNumbers } from './numbers.ts';
import type { StartOptions } from './options.ts';
import { watchPages } from './page-watch.ts';
import { freePort, holderOf, isFree } from './ports.ts';
import { type PlannedApp, plan } from './programs.ts';
import { waitUntilHealthy, waitUntilStorefrontServes } from './readiness.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { watchServices } from './service-watch.ts';
import { StorePrograms } from './store-programs.ts';
import { startNats, startPostgres } from './store-servers.ts';
import type { ProgramSpec } from './supervised.ts';
import type { Terminal } from './terminal.ts';

/** The whole store on this machine. */
export interface RunningStore {
  readonly apps: readonly PlannedApp[];
  readonly folders: Folders;
  readonly storefrontUrl: string;
  stop(): Promise<void>;
}

const defaultPort = 8080;

/** Starts everything, or stops what was started and rejects with a `StartError`. */
export async function startStore(
  options: StartOptions,
  progress: Terminal,
  stopped: AbortSignal,
): Promise<RunningStore> {
  const failed = new AbortController();
  const signal = AbortSignal.any([stopped, failed.signal]);
  checkNumbers(process.env);
  if (options.daprd) checkDaprd(options.daprd);
  const folders = options.home ? requireUnused(foldersOf(options.home)) : chooseFolders();
  if (options.fresh) removeData(folders);
  makeFolders(folders);
  const storefrontPort = await choosePort(options.port);
  const secrets = loadSecrets(folders.home, storeApps);
  const onConfigurationFailure = (failure: StartError): void => failed.abort(failure);
  const programs = new StorePrograms({ folders, secrets, progress, onConfigurationFailure });
  try {
    const apps = await startPrograms({ options, folders, secrets, storefrontPort, programs, progress, signal });
    programs.open();
    if (options.watch) {
      programs.watch(watchPages(progress));
      progress.print('services restart, and the pages are built again, when their sources change');
    }
    return { apps, folders, storefrontUrl: `http://127.0.0.1:${storefrontPort}`, stop: () => programs.stop() };
  } catch (cause) {
    await programs.stop();
    // Ctrl-C also reaches the tools that a start runs: their failure is not the cause.
    signal.throwIfAborted();
    throw cause;
  }
}

interface Start {
  readonly options: StartOptions;
  readonly folders: Folders;
  readonly secrets: Secrets;
  readonly storefrontPort: number;
  readonly programs: StorePrograms;
  readonly progress: Terminal;
  readonly signal: AbortSignal;
}

/** Starts the servers, then all programs; resolves when the storefront serves. */
async function startPrograms(start: Start): Promise<readonly PlannedApp[]> {
  const { options, folders, secrets, storefrontPort, programs, progress, signal } = start;
  const run = (spec: ProgramSpec): void => programs.run(spec);
  const frontend = buildFrontend(() => progress.step('Frontend bundled'));
  frontend.catch(() => undefined);
  const bundles = bundlePrograms(options, progress);
  const serverStart = { folders, secrets, progress, run };
  const [postgres, nats] = await Promise.all([startPostgres(serverStart), startNats(serverStart)]);
  signal.throwIfAborted();
  const daprd = options.daprd ? await planDaprd(options.daprd, folders.home) : undefined;
  if (daprd) await makeStreams(nats.url);
  for (const helper of daprd?.helpers ?? []) run(helper);
  const { servicesFolder } = await bundles;
  const apps = await plan({
    databaseUrl: postgres.url,
    natsUrl: nats.url,
    registry: folders.registry,
    frontendDir: await frontend,
    storefrontPort,
    secrets,
    watch: options.watch,
    servicesFolder,
    daprd: daprd?.settings,
  });
  const services = apps.filter((app) => app.sidecar).length;
  const ready = progress.step(`${services} services, their sidecars and the payment provider respond`);
  programs.record({ apps, postgres, nats });
  if (options.watch)
    programs.watch(watchServices(topology, programs.running, (names, files) => programs.restarted(names, files)));
  for (const app of apps) {
    run(app.service);
    if (app.sidecar) run(app.sidecar);
  }
  await Promise.all(apps.map((app) => waitUntilHealthy(app, signal)));
  await waitUntilStorefrontServes(storefrontPort, signal);
  ready(options.daprd ? 'on daprd' : undefined);
  return apps;
}

async function choosePort(requested: number | undefined): Promise<number> {
  if (requested === undefined) return freePort(defaultPort);
  if (await isFree(requested)) return requested;
  throw new StartError(
    `Port ${requested} is taken${holderOf(requested) ? ` by ${holderOf(requested)}` : ''}.`,
    'End that program, or choose another port: npm start -- --port N (without --port a free one is taken).',
  );
}

function requireUnused(folders: Folders): Folders {
  const pid = launcherOf(folders);
  if (pid !== undefined)
    throw new StartError(
      `A store with the folder ${folders.home} is already running (pid ${pid}).`,
      'Stop it, or give another --home.',
    );
  return folders;
}

function removeData(folders: Folders): void {
  removePostgresData(folders.home);
  for (const name of ['nats', 'nats.conf', 'daprd', 'names', 'logs', 'secrets.json'])
    rmSync(join(folders.home, name), { recursive: true, force: true });
}
