import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { natsServer } from '../servers/nats.ts';
import { postgresServer, preparePostgres, removePostgresData } from '../servers/postgres.ts';
import { type Server, StartError } from '../servers/server.ts';
import { storeApps, topology } from '../topology.ts';
import { bundlePrograms } from './bundle-programs.ts';
import { configurationFailure } from './configuration-failure.ts';
import { checkDaprd, makeStreams, planDaprd } from './daprd.ts';
import { chooseFolders, type Folders, foldersOf, launcherOf, makeFolders } from './folders.ts';
import { buildFrontend } from './frontend-build.ts';
import { checkNumbers } from './numbers.ts';
import type { StartOptions } from './options.ts';
import { watchPages } from './page-watch.ts';
import { freePort, holderOf, isFree, waitForPort } from './ports.ts';
import { type PlannedApp, plan } from './programs.ts';
import { waitUntilHealthy, waitUntilStorefrontServes } from './readiness.ts';
import { startReaper } from './reaper.ts';
import { runningFileWriter } from './running-file.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { watchServices } from './service-watch.ts';
import { type ProgramSpec, type Supervised, supervise, type Watcher } from './supervised.ts';
import type { Terminal } from './terminal.ts';
import type { FolderWatch } from './watch-folders.ts';

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
  const reaper = startReaper();
  const running: Supervised[] = [];
  const record = runningFileWriter(folders, running, secrets);
  let isStopping = false;
  let isOpen = false;
  const watches: FolderWatch[] = [];
  const watcher: Watcher = {
    // While all programs are being stopped, their messages about each other are only in their logs.
    onLine: (name, text) => isStopping || progress.log(name, text),
    onExit(name, how, delayMs, lastLines, code) {
      const failure = isOpen ? undefined : configurationFailure(name, code, lastLines);
      if (failure) return failed.abort(failure);
      if (delayMs === undefined) return progress.print(`${name} ${how}; it is restarted when its source changes`);
      progress.print(`${name} ${how}; restarting it in ${delayMs} ms`);
      if (how.includes('code')) for (const line of lastLines.slice(-3)) progress.print(`    ${line}`);
    },
    onRestart(name, pid) {
      progress.print(`${name} runs again as pid ${pid}`);
      record.write();
    },
  };
  const restarted = (names: readonly string[], files: readonly string[]): void => {
    progress.print(`restarted after a change of ${summarize(files)}: ${names.join(', ')}`);
    record.write();
  };
  const run = (spec: ProgramSpec): Supervised => {
    // A start that failed elsewhere is stopping everything: a program started now would be left running.
    if (isStopping) throw new StartError(`${spec.name} was not started: the store is stopping.`, 'Start it again.');
    const program = supervise(spec, join(folders.logs, `${spec.name.replaceAll('/', '-')}.log`), reaper, watcher);
    running.push(program);
    program.start();
    return program;
  };
  const stopAll = stopper(running, () => {
    record.remove();
    reaper.close();
  });
  const stop = (): Promise<void> => {
    isStopping = true;
    for (const watch of watches) watch.close();
    return stopAll();
  };
  record.write();
  try {
    const bundle = buildFrontend(() => progress.step('Frontend bundled'));
    bundle.catch(() => undefined);
    const programs = bundlePrograms(options, progress);
    const [postgres, nats] = await Promise.all([
      startPostgres(folders, run, progress),
      startNats(folders, secrets, run, progress),
    ]);
    signal.throwIfAborted();
    const daprd = options.daprd ? await planDaprd(options.daprd, folders.home) : undefined;
    if (daprd) await makeStreams(nats.url);
    for (const helper of daprd?.helpers ?? []) run(helper);
    const { servicesFolder } = await programs;
    const apps = await plan({
      databaseUrl: postgres.url,
      natsUrl: nats.url,
      registry: folders.registry,
      frontendDir: await bundle,
      storefrontPort,
      secrets,
      watch: options.watch,
      servicesFolder,
      daprd: daprd?.settings,
    });
    const services = apps.filter((app) => app.sidecar).length;
    const ready = progress.step(`${services} services, their sidecars and the payment provider respond`);
    record.write({ apps, postgres, nats });
    if (options.watch) watches.push(watchServices(topology, running, restarted));
    for (const app of apps) {
      run(app.service);
      if (app.sidecar) run(app.sidecar);
    }
    await Promise.all(apps.map((app) => waitUntilHealthy(app, signal)));
    await waitUntilStorefrontServes(storefrontPort, signal);
    ready(options.daprd ? 'on daprd' : undefined);
    record.write();
    isOpen = true;
    if (options.watch) {
      watches.push(watchPages(progress));
      progress.print('services restart, and the pages are built again, when their sources change');
    }
    return { apps, folders, storefrontUrl: `http://127.0.0.1:${storefrontPort}`, stop };
  } catch (cause) {
    await stop();
    // Ctrl-C also reaches the tools that a start runs: their failure is not the cause.
    signal.throwIfAborted();
    throw cause;
  }
}

async function startPostgres(
  folders: Folders,
  run: (spec: ProgramSpec) => Supervised,
  progress: Terminal,
): Promise<Server> {
  const done = progress.step('Postgres');
  const server = await postgresServer(folders.home, (line) => progress.print(line));
  if (server.command) run({ name: 'postgres', ...server.command });
  await preparePostgres(server, server.command ? 30_000 : 5000);
  done(server.origin);
  return server;
}

async function startNats(
  folders: Folders,
  { shared }: Secrets,
  run: (spec: ProgramSpec) => Supervised,
  progress: Terminal,
): Promise<Server> {
  const done = progress.step('NATS');
  const login = { user: 'tidewater', password: shared.NATS_PASSWORD };
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

async function choosePort(requested: number | undefined): Promise<number> {
  if (requested === undefined) return freePort(defaultPort);
  if (await isFree(requested)) return requested;
  throw new StartError(
    `Port ${requested} is taken${holderOf(requested) ? ` by ${holderOf(requested)}` : ''}.`,
    'End that program, or choose another port: npm start -- --port N (without --port a free one is taken).',
  );
}

const summarize = ([first = '', ...more]: readonly string[]): string =>
  more.length === 0 ? first : `${first} and ${more.length} more`;

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

/** Services first, then their sidecars (a sidecar drains the requests of its app), then the servers. */
function stopper(running: readonly Supervised[], after: () => void): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  const stopThose = (pick: (name: string) => boolean, limitMs: number): Promise<unknown> =>
    Promise.all(running.filter(({ name }) => pick(name)).map((program) => program.stop(limitMs)));
  const isServer = (name: string): boolean => ['postgres', 'nats'].includes(name);
  const isSidecar = (name: string): boolean => name.endsWith('/sidecar');
  return () =>
    (stopped ??= (async () => {
      await stopThose((name) => !isServer(name) && !isSidecar(name), 1500);
      await stopThose(isSidecar, 1500);
      await stopThose(isServer, 1500);
      after();
    })());
}
