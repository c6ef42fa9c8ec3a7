import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Program, topology } from '../topology.ts';
import { root } from './folders.ts';
import { freePort } from './ports.ts';
import type { ProgramSpec } from './supervised.ts';

/** Everything that differs from one start to the next. */
export interface Place {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly registry: string;
  readonly frontendDir: string;
  readonly storefrontPort: number;
  /** Lets tests and staff change prices and stock; never shown. */
  readonly staffToken: string;
  readonly watch: boolean;
  /** Set when Dapr's own programs stand beside the services. */
  readonly daprd?: DaprdPlace;
}

export interface DaprdPlace {
  readonly folder: string;
  readonly placementPort: number;
  readonly schedulerPort: number;
  readonly configFile: string;
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

export async function plan(place: Place, env: NodeJS.ProcessEnv = process.env): Promise<readonly PlannedApp[]> {
  const ports = new Map<string, number>();
  for (const { app } of topology) ports.set(app, app === 'storefront' ? place.storefrontPort : await freePort());
  const values: Readonly<Record<Program['env'][number], string>> = {
    DATABASE_URL: place.databaseUrl,
    PROVIDER_URL: `http://127.0.0.1:${ports.get('provider')}`,
    GRACE_SECONDS: env.GRACE_SECONDS ?? '10',
    FULFILMENT_SECONDS: env.FULFILMENT_SECONDS ?? '6',
    FRONTEND_DIR: place.frontendDir,
    STAFF_TOKEN: place.staffToken,
    APP_API_TOKEN: randomBytes(18).toString('base64url'),
    SESSION_SECRET: env.SESSION_SECRET ?? randomBytes(32).toString('base64url'),
  };
  return Promise.all(topology.map((program) => planApp(program, ports.get(program.app) ?? 0, values, place)));
}

async function planApp(
  program: Program,
  port: number,
  values: Readonly<Record<string, string>>,
  place: Place,
): Promise<PlannedApp> {
  const [httpPort, grpcPort, internalPort, metricsPort] = program.sidecar
    ? [await freePort(), await freePort(), await freePort(), await freePort()]
    : [0, 0, 0, 0];
  const service: ProgramSpec = {
    name: program.app,
    file: process.execPath,
    args: [...(place.watch ? ['--watch', '--watch-preserve-output'] : []), join(root, program.main)],
    cwd: root,
    env: {
      APP_PORT: String(port),
      HOST: '127.0.0.1',
      ...(program.sidecar && { DAPR_HTTP_PORT: String(httpPort), DAPR_GRPC_PORT: String(grpcPort) }),
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
    'metrics-listen-address': '127.0.0.1',
    'resources-path': join(root, 'infra', 'components'),
  };
  const name = `${program.app}/sidecar`;
  const env = {
    ...(program.env.includes('APP_API_TOKEN') && { APP_API_TOKEN: values.APP_API_TOKEN }),
    DATABASE_URL: place.databaseUrl,
    NATS_URL: place.natsUrl,
    OUTRIGGER_REGISTRY_DIR: place.registry,
    DAPR_HOST_IP: '127.0.0.1',
  };
  const { daprd } = place;
  const daprdFlags = daprd && {
    'placement-host-address': `127.0.0.1:${daprd.placementPort}`,
    'scheduler-host-address': `127.0.0.1:${daprd.schedulerPort}`,
    config: daprd.configFile,
    'log-level': 'warn',
    'dapr-internal-grpc-listen-address': '127.0.0.1',
  };
  const sidecar: ProgramSpec = daprd
    ? { name, file: join(daprd.folder, 'daprd'), args: flagsOf({ ...flags, ...daprdFlags }), env }
    : { name, file: process.execPath, args: [join(root, 'runtime/src/main.ts'), ...flagsOf(flags)], cwd: root, env };
  return { ...planned, sidecar: { ...sidecar, httpPort, grpcPort, metricsPort } };
}

/** `{ 'app-id': 'cart' }` as `['--app-id', 'cart']`. */
export function flagsOf(flags: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
}
