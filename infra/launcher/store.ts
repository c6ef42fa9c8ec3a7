import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsServer } from '../servers/nats.ts';
import { postgresServer, preparePostgres, removePostgresData } from '../servers/postgres.ts';
import { type Server, StartError } from '../servers/server.ts';
import { makeStreams, planDaprd } from './daprd.ts';
import { chooseFolders, type Folders, foldersOf, heldBy, makeFolders } from './folders.ts';
import { buildFrontend } from './frontend-build.ts';
import type { StartOptions } from './options.ts';
import { freePort, holderOf, isFree, waitForPort } from './ports.ts';
import { type PlannedApp, plan } from './programs.ts';
import { startReaper } from './reaper.ts';
import { bundleSidecar } from './sidecar-bundle.ts';
import { type ProgramSpec, type Supervised, supervise, type Watcher } from './supervised.ts';
import type { Terminal } from './terminal.ts';

/** The whole store on this machine. */
export interface RunningStore {
  readonly apps: readonly PlannedApp[];
  readonly folders: Folders;
  readonly storefrontUrl: string;
  stop(): Promise<void>;
}

const usualPort = 8080;

/** Starts everything, or stops what was started and rejects with a `StartError`. */
export async function startStore(options: StartOptions, show: Terminal, signal: AbortSignal): Promise<RunningStore> {
  const folders = options.home ? claimed(foldersOf(options.home)) : chooseFolders();
  if (options.fresh) removeData(folders);
  makeFolders(folders);
  const storefrontPort = await choosePort(options.port);
  const staffToken = process.env.STAFF_TOKEN ?? randomBytes(18).toString('base64url');
  const reaper = startReaper();
  const running: Supervised[] = [];
  const record = recordKeeper(folders, running, staffToken);
  let isStopping = false;
  const watcher: Watcher = {
    // What programs say of each other's going is in their logs, and no news when all are asked to go.
    line: (name, text) => isStopping || show.log(name, text),
    died(name, how, delayMs, lastLines) {
      show.say(`${name} ${how}; starting it again in ${delayMs} ms`);
      if (how.includes('code')) for (const line of lastLines.slice(-3)) show.say(`    ${line}`);
    },
    back(name, pid) {
      show.say(`${name} is back as pid ${pid}`);
      record.write();
    },
  };
  const run = (spec: ProgramSpec): Supervised => {
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
    return stopAll();
  };
  record.write();
  try {
    const bundle = buildFrontend(() => show.step('Frontend bundled'));
    bundle.catch(() => undefined);
    // without it the sidecars run from source
    const sidecarBundle = bundleSidecar(() => show.step('Sidecar bundled')).catch((cause: unknown) =>
      show.say(cause instanceof Error ? cause.message : String(cause)),
    );
    const [postgres, nats] = await Promise.all([startPostgres(folders, run, show), startNats(folders, run, show)]);
    signal.throwIfAborted();
    const daprd = options.daprd ? await planDaprd(options.daprd, folders.home) : undefined;
    if (daprd) await makeStreams(nats.url);
    for (const helper of daprd?.helpers ?? []) run(helper);
    const apps = await plan({
      databaseUrl: postgres.url,
      natsUrl: nats.url,
      registry: folders.registry,
      frontendDir: await bundle,
      storefrontPort,
      staffToken,
      watch: options.watch,
      daprd: daprd?.place,
    });
    await sidecarBundle;
    const ready = show.step(`${apps.length} services and ${apps.filter((app) => app.sidecar).length} sidecars answer`);
    record.write({ apps, postgres, nats });
    for (const app of apps) {
      run(app.service);
      if (app.sidecar) run(app.sidecar);
    }
    await Promise.all(apps.map((app) => answers(app, signal)));
    await sells(storefrontPort, signal);
    ready(options.daprd ? 'on daprd' : undefined);
    record.write();
    return { apps, folders, storefrontUrl: `http://127.0.0.1:${storefrontPort}`, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function startPostgres(
  folders: Folders,
  run: (spec: ProgramSpec) => Supervised,
  show: Terminal,
): Promise<Server> {
  const done = show.step('Postgres');
  const server = await postgresServer(folders.home, (line) => show.say(line));
  if (server.command) run({ name: 'postgres', ...server.command });
  await preparePostgres(server, server.command ? 30_000 : 5000);
  done(server.origin);
  return server;
}

async function startNats(folders: Folders, run: (spec: ProgramSpec) => Supervised, show: Terminal): Promise<Server> {
  const done = show.step('NATS');
  const server = await natsServer(folders.home, (line) => show.say(line));
  if (server.command) run({ name: 'nats', ...server.command });
  const address = URL.canParse(server.url) ? new URL(server.url) : undefined;
  if (!address?.hostname)
    throw new StartError(`NATS_URL is not a URL: ${server.url}`, 'Give something like nats://127.0.0.1:4222.');
  await waitForPort(Number(address.port || 4222), address.hostname, server.command ? 15_000 : 5000).catch(
    (cause: unknown) => {
      throw new StartError(
        `NATS (${server.origin}) does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
        server.command ? 'See nats.log among the logs.' : 'Check NATS_URL, and that the server runs with JetStream.',
      );
    },
  );
  done(server.origin);
  return server;
}

const patienceMs = 60_000;

/** The service answers, and so does its sidecar with everything up. */
async function answers({ program, url, sidecar }: PlannedApp, signal: AbortSignal): Promise<void> {
  await waitFor(`${url}/healthz`, patienceMs, program.app, signal);
  if (sidecar) await waitFor(`http://127.0.0.1:${sidecar.httpPort}/v1.0/healthz`, patienceMs, sidecar.name, signal);
}

/** A page can be filled: the storefront reaches the catalog through both sidecars. */
function sells(port: number, signal: AbortSignal): Promise<void> {
  return waitFor(`http://127.0.0.1:${port}/api/products?size=1`, patienceMs, 'storefront', signal);
}

async function waitFor(url: string, limitMs: number, name: string, signal: AbortSignal): Promise<void> {
  let last = 'no answer';
  for (const end = Date.now() + limitMs; Date.now() < end;) {
    signal.throwIfAborted();
    try {
      const reply = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) });
      const text = await reply.text();
      if (reply.ok) return;
      last = `${reply.status} ${text.slice(0, 300)}`;
    } catch (cause) {
      last = cause instanceof Error ? cause.message : String(cause);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new StartError(
    `${name} is not ready after ${limitMs / 1000} s: ${url} says ${last}`,
    `Look at its log below the logs folder; npm run doctor looks for usual causes.`,
  );
}

async function choosePort(asked: number | undefined): Promise<number> {
  if (asked === undefined) return freePort(usualPort);
  if (await isFree(asked)) return asked;
  throw new StartError(
    `Port ${asked} is taken${holderOf(asked) ? ` by ${holderOf(asked)}` : ''}.`,
    'End that program, or choose another port: npm start -- --port N (without --port a free one is taken).',
  );
}

function claimed(folders: Folders): Folders {
  const pid = heldBy(folders);
  if (pid !== undefined)
    throw new StartError(
      `A store with the folder ${folders.home} is already running (pid ${pid}).`,
      'Stop it, or give another --home.',
    );
  return folders;
}

function removeData(folders: Folders): void {
  removePostgresData(folders.home);
  for (const name of ['nats', 'daprd', 'names', 'logs'])
    rmSync(join(folders.home, name), { recursive: true, force: true });
}

/** Services first, then their sidecars (a sidecar drains what its app still asks), then the servers. */
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

/** `running.json`: what runs where, for people and tools; gone after a clean stop. */
function recordKeeper(folders: Folders, running: readonly Supervised[], staffToken: string) {
  let known: { apps: readonly PlannedApp[]; postgres: Server; nats: Server } | undefined;
  return {
    write(news?: typeof known): void {
      known = news ?? known;
      const urls: Record<string, string> = {};
      for (const app of known?.apps.toSorted(
        (a, b) => Number(b.program.isPublic ?? false) - Number(a.program.isPublic ?? false),
      ) ?? []) {
        urls[app.program.app] = app.url;
        if (app.sidecar) urls[`${app.program.app}/sidecar`] = `http://127.0.0.1:${app.sidecar.httpPort}`;
      }
      const pids = Object.fromEntries(
        running.flatMap((program) => (program.pid === undefined ? [] : [[program.name, program.pid]])),
      );
      const ports = Object.fromEntries(
        (known?.apps ?? []).map((app) => [
          app.program.app,
          {
            app: app.port,
            http: app.sidecar?.httpPort,
            grpc: app.sidecar?.grpcPort,
            metrics: app.sidecar?.metricsPort,
          },
        ]),
      );
      const servers = known && { postgres: known.postgres.url, nats: known.nats.url };
      writeFileSync(
        folders.runningFile,
        `${JSON.stringify({ pid: process.pid, urls, servers, ports, pids, logs: folders.logs, staffToken }, undefined, 2)}\n`,
        { mode: 0o600 },
      );
    },
    remove: () => rmSync(folders.runningFile, { force: true }),
  };
}
