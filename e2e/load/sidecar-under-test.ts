import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { planDaprd } from '../../infra/launcher/daprd.ts';
import { root } from '../../infra/launcher/folders.ts';
import { freePort } from '../../infra/launcher/ports.ts';
import { flagsOf } from '../../infra/launcher/programs.ts';
import type { Supervised } from '../../infra/launcher/supervised.ts';
import { componentsFor, subscriptionTo } from './components.ts';
import type { BenchEnvironment } from './bench-environment.ts';

/** A sidecar that runs. */
export interface RunningSidecar {
  readonly http: number;
  readonly grpc: number;
  readonly pid: number;
  /** From the start of the process to `healthz/outbound`. */
  readonly startMs: number;
  stop(): Promise<void>;
}

export interface SidecarPlan {
  readonly appId: string;
  readonly appPort?: number;
  /** A topic whose events go to `/event` of the app. */
  readonly subscribesTo?: string;
  /** Its state stores; by default only the one for actors. */
  readonly stores?: readonly string[];
}

/** One implementation, with two running sidecars: calls enter at `near`, the app is behind `far`. */
export interface SidecarUnderTest {
  readonly name: 'ours' | 'reference';
  readonly near: RunningSidecar;
  readonly far: RunningSidecar;
  /** Its helper processes. */
  readonly helpers: readonly { readonly name: string; readonly pid: number }[];
  start(plan: SidecarPlan): Promise<RunningSidecar>;
}

const startLimitMs = 30_000;
const pollMs = 4;

export interface Candidate {
  readonly name: SidecarUnderTest['name'];
  /** The folder of daprd, placement and scheduler. Undefined means the sidecar of a checkout. */
  readonly daprd?: string | undefined;
  /** A checkout of this repository; this one by default. */
  readonly checkout?: string | undefined;
}

export async function startCandidate(environment: BenchEnvironment, candidate: Candidate): Promise<SidecarUnderTest> {
  const { name, daprd: daprdFolder, checkout = root } = candidate;
  const home = join(environment.home, name);
  mkdirSync(home, { recursive: true });
  const daprd = daprdFolder === undefined ? undefined : await planDaprd(daprdFolder, home);
  const helpers = (daprd?.helpers ?? []).map((spec) => environment.start(spec));
  await environment.addStream(`${name}-out`, `${name}.out`);

  const start = async ({
    appId,
    appPort,
    subscribesTo,
    stores = ['statestore'],
  }: SidecarPlan): Promise<RunningSidecar> => {
    const folder = join(home, appId);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'components.yaml'), componentsFor(environment, name, stores));
    if (subscribesTo !== undefined) writeFileSync(join(folder, 'subscription.yaml'), subscriptionTo(subscribesTo));
    const [http, grpc, internal, metrics] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const flags = {
      'app-id': appId,
      ...(appPort === undefined ? {} : { 'app-port': appPort }),
      'dapr-http-port': http,
      'dapr-grpc-port': grpc,
      'dapr-internal-grpc-port': internal,
      'metrics-port': metrics,
      'dapr-listen-addresses': '127.0.0.1',
      'metrics-listen-address': '127.0.0.1',
      'log-level': 'warn',
      'resources-path': folder,
    };
    const daprdFlags = daprd && {
      'placement-host-address': `127.0.0.1:${daprd.settings.placementPort}`,
      'scheduler-host-address': `127.0.0.1:${daprd.settings.schedulerPort}`,
      config: daprd.settings.configFile,
      'dapr-internal-grpc-listen-address': '127.0.0.1',
    };
    const args = flagsOf({ ...flags, ...daprdFlags });
    const begun = performance.now();
    const program = environment.start({
      name: `${name}-${appId}`,
      file: daprd ? join(daprd.settings.folder, 'daprd') : process.execPath,
      args: daprd ? args : [resolve(checkout, 'runtime/src/main.mjs'), ...args],
      cwd: root,
      env: { DAPR_HOST_IP: '127.0.0.1', OUTRIGGER_REGISTRY_DIR: join(home, 'names') },
    });
    await untilHealthy(environment, `http://127.0.0.1:${http}/v1.0/healthz/outbound`);
    const startMs = performance.now() - begun;
    return { http, grpc, pid: pidOf(program), startMs, stop: () => program.stop(10_000) };
  };

  // The first start creates the tables, and fills Node's compile cache, which is written when the process exits.
  await (await start({ appId: 'first' })).stop();
  const near = await start({ appId: 'near' });
  const far = await start({ appId: 'far', appPort: environment.echoPort });
  await untilHealthy(environment, `http://127.0.0.1:${far.http}/v1.0/healthz`);
  // Actor calls work only after the caller's sidecar knows the host of the type.
  await untilHealthy(environment, `http://127.0.0.1:${near.http}/v1.0/actors/Bench/k0/method/echo`);
  return { name, near, far, helpers: helpers.map((helper) => ({ name: helper.name, pid: pidOf(helper) })), start };
}

function pidOf(program: Supervised): number {
  if (program.pid === undefined) throw new Error(`${program.name} does not run`);
  return program.pid;
}

async function untilHealthy(environment: BenchEnvironment, url: string): Promise<void> {
  let last = 'nothing';
  for (const end = performance.now() + startLimitMs; performance.now() < end;) {
    environment.check();
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
      if (response.ok) return void (await response.arrayBuffer());
      last = `${response.status} ${await response.text()}`;
    } catch (cause) {
      last = String(cause instanceof Error ? (cause.cause ?? cause) : cause);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`${url} did not return 2xx within ${startLimitMs / 1000} s; last: ${last}`);
}
