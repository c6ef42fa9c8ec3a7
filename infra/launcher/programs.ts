import { join } from 'node:path';
import { type Program, type ProgramVariable, storeApps, topology } from '../topology.ts';
import { serviceArgs } from './bundle-programs.ts';
import { root } from './folders.ts';
import { freePort } from './ports.ts';
import type { Secrets } from './secrets.ts';
import type { ProgramSpec } from './supervised.ts';

/** Everything that differs between starts. */
export interface LaunchSettings {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly registry: string;
  readonly frontendDir: string;
  readonly storefrontPort: number;
  readonly secrets: Secrets;
  /** Whether a service that fails as it starts waits for a change of its source. */
  readonly watch: boolean;
  /** Of the bundled services; without it they run from source. */
  readonly servicesFolder?: string;
  /** Set when the services run on Dapr's own programs. */
  readonly daprd?: DaprdSettings;
}

export interface DaprdSettings {
  readonly folder: string;
  readonly placementPort: number;
  readonly schedulerPort: number;
  readonly configFile: string;
  readonly componentsFolder: string;
}

/** A program of the topology with the ports it got. */
export interface PlannedApp {
  readonly program: Program;
  readonly port: number;
  readonly url: string;
  readonly service: ProgramSpec;
  readonly sidecar?: ProgramSpec & {
    readonly httpPort: number;
    readonly grpcPort: number;
    readonly metricsPort: number;
  };
}

export async function plan(
  settings: LaunchSettings,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly PlannedApp[]> {
  const ports = new Map<string, number>();
  for (const { app } of topology) ports.set(app, app === 'storefront' ? settings.storefrontPort : await freePort());
  const { shared } = settings.secrets;
  const values: Readonly<Record<ProgramVariable, string | undefined>> = {
    DATABASE_URL: settings.databaseUrl,
    PROVIDER_URL: `http://127.0.0.1:${ports.get('provider')}`,
    GRACE_SECONDS: env.GRACE_SECONDS || '10',
    FULFILMENT_SECONDS: env.FULFILMENT_SECONDS || '6',
    WATCHDOG_SECONDS: env.WATCHDOG_SECONDS || '15',
    FRONTEND_DIR: settings.frontendDir,
    STORE_APPS: storeApps.join(','),
    TRUST_PROXY: env.TRUST_PROXY,
    RATE_LIMIT_FACTOR: env.RATE_LIMIT_FACTOR || '1',
    SESSION_SECRET: shared.SESSION_SECRET,
    STAFF_TOKEN: shared.STAFF_TOKEN,
    PROVIDER_SECRET_KEY: shared.PROVIDER_SECRET_KEY,
    PROVIDER_PUBLISHABLE_KEY: shared.PROVIDER_PUBLISHABLE_KEY,
    PROVIDER_FINGERPRINT_SECRET: shared.PROVIDER_FINGERPRINT_SECRET,
  };
  return Promise.all(topology.map((program) => planApp(program, ports.get(program.app) ?? 0, values, settings)));
}

async function planApp(
  program: Program,
  port: number,
  values: Readonly<Record<ProgramVariable, string | undefined>>,
  settings: LaunchSettings,
): Promise<PlannedApp> {
  const [httpPort, grpcPort, internalPort, metricsPort] = program.sidecar
    ? [await freePort(), await freePort(), await freePort(), await freePort()]
    : [0, 0, 0, 0];
  const tokens = settings.secrets.apps[program.app];
  const service: ProgramSpec = {
    name: program.app,
    file: process.execPath,
    args: serviceArgs(program.app, program.main, settings),
    cwd: root,
    waitsForChange: settings.watch,
    env: {
      APP_PORT: String(port),
      HOST: '127.0.0.1',
      ...(settings.watch && { API_DOCS: '1' }),
      ...(program.sidecar && { DAPR_HTTP_PORT: String(httpPort), DAPR_GRPC_PORT: String(grpcPort), ...tokens }),
      ...Object.fromEntries(program.env.map((name) => [name, values[name]])),
    },
  };
  const planned = { program, port, url: `http://127.0.0.1:${port}`, service };
  if (!program.sidecar) return planned;
  const flags = {
    'app-id': program.app,
    'app-port': port,
    'dapr-http-port': httpPort,
    'dapr-grpc-port': grpcPort,
    'dapr-internal-grpc-port': internalPort,
    'metrics-port': metricsPort,
    'dapr-listen-addresses': '127.0.0.1',
    'dapr-internal-grpc-listen-address': '127.0.0.1',
    'metrics-listen-address': '127.0.0.1',
    'resources-path': settings.daprd?.componentsFolder ?? join(root, 'infra/components'),
    config: settings.daprd?.configFile ?? join(root, 'infra/configuration.yaml'),
  };
  const name = `${program.app}/sidecar`;
  const env = {
    ...tokens,
    OUTRIGGER_PEER_SECRET: settings.secrets.shared.OUTRIGGER_PEER_SECRET,
    OUTRIGGER_ALLOWED_HOSTS: '127.0.0.1,localhost',
    DATABASE_URL: settings.databaseUrl,
    NATS_URL: settings.natsUrl,
    OUTRIGGER_REGISTRY_DIR: settings.registry,
    DAPR_HOST_IP: '127.0.0.1',
  };
  const { daprd } = settings;
  const daprdFlags = daprd && {
    'placement-host-address': `127.0.0.1:${daprd.placementPort}`,
    'scheduler-host-address': `127.0.0.1:${daprd.schedulerPort}`,
    'log-level': 'warn',
  };
  const sidecar: ProgramSpec = daprd
    ? { name, file: join(daprd.folder, 'daprd'), args: flagsOf({ ...flags, ...daprdFlags }), env }
    : { name, file: process.execPath, args: [join(root, 'runtime/src/main.mjs'), ...flagsOf(flags)], cwd: root, env };
  return { ...planned, sidecar: { ...sidecar, httpPort, grpcPort, metricsPort } };
}

/** `{ 'app-id': 'cart' }` as `['--app-id', 'cart']`. */
export function flagsOf(flags: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
}
