import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../infra/launcher/folders.ts';
import { freePort } from '../../infra/launcher/ports.ts';
import { flagsOf } from '../../infra/launcher/programs.ts';
import { eventually } from './store.ts';

export interface SidecarSpec {
  readonly appId: string;
  /** Absent for an app without a server. */
  readonly appPort?: number;
  /** Resource documents. */
  readonly resources: readonly string[];
  /** Folder for the resources and the names of apps. */
  readonly home: string;
  readonly flags?: Readonly<Record<string, string | number>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Path that returns 204 when the start is complete; by default that of the whole sidecar, app included. */
  readonly readyPath?: string;
}

/** The memory of a process after garbage collection. Sizes are bytes. */
export interface ProcessMemory {
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
  /** Open handles as Node counts them, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Open files by the system's count; 0 where it is not available. */
  readonly files: number;
}

export interface SidecarProcess {
  readonly pid: number;
  readonly ports: { readonly http: number; readonly grpc: number; readonly peers: number; readonly metrics: number };
  readonly url: string;
  /** Its output, line by line. */
  readonly lines: readonly string[];
  /** Undefined while it runs. */
  ending(): string | undefined;
  measureMemory(): Promise<ProcessMemory>;
  stop(): Promise<void>;
}

/** Starts the real sidecar and waits until it is ready. */
export async function startSidecar(spec: SidecarSpec): Promise<SidecarProcess> {
  const resources = mkdtempSync(join(spec.home, 'resources-'));
  for (const [at, text] of spec.resources.entries()) writeFileSync(join(resources, `${at}.yaml`), text);
  const names = join(spec.home, 'names');
  mkdirSync(names, { recursive: true });
  const ports = {
    http: await freePort(),
    grpc: await freePort(),
    peers: await freePort(),
    metrics: await freePort(),
  };
  const flags = {
    'app-id': spec.appId,
    ...(spec.appPort === undefined ? undefined : { 'app-port': spec.appPort }),
    'dapr-http-port': ports.http,
    'dapr-grpc-port': ports.grpc,
    'dapr-internal-grpc-port': ports.peers,
    'metrics-port': ports.metrics,
    'dapr-listen-addresses': '127.0.0.1',
    'metrics-listen-address': '127.0.0.1',
    'dapr-internal-grpc-listen-address': '127.0.0.1',
    'resources-path': resources,
    ...spec.flags,
  };
  const measurementModule = join(root, 'e2e/harness/memory-measurement.ts');
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', measurementModule, join(root, 'runtime/src/main.mjs'), ...flagsOf(flags)],
    {
      cwd: root,
      env: {
        ...process.env,
        ...spec.env,
        OUTRIGGER_REGISTRY_DIR: names,
        DAPR_HOST_IP: '127.0.0.1',
        OUTRIGGER_EXIT_WITH_PARENT: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', (line) => lines.push(line));
  let ending: string | undefined;
  const exited = new Promise<void>((resolve) =>
    child.on('exit', (code, signal) => {
      ending = signal ?? `exit code ${code}`;
      resolve();
    }),
  );
  const stop = async (): Promise<void> => {
    if (ending === undefined) child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
  };
  const pid = child.pid ?? 0;
  const url = `http://127.0.0.1:${ports.http}`;
  try {
    await eventually(
      `the sidecar ${spec.appId} being ready`,
      async () => (await fetch(`${url}${spec.readyPath ?? '/v1.0/healthz'}`)).status,
      (status) => status === 204 || ending !== undefined,
      30_000,
    );
    if (ending !== undefined) throw new Error(`the sidecar ended with ${ending}`);
  } catch (cause) {
    await stop();
    throw new Error(`${String(cause)}\n${lines.join('\n')}`, { cause });
  }
  let requests = 0;
  return {
    pid,
    ports,
    url,
    lines,
    ending: () => ending,
    measureMemory: () =>
      new Promise((resolve, reject) => {
        const requestId = ++requests;
        const timer = setTimeout(() => reject(new Error('the sidecar did not report its memory within 30 s')), 30_000);
        const onReply = (reply: unknown): void => {
          const memory = reply as ProcessMemory & { requestId: number };
          if (memory.requestId !== requestId) return;
          clearTimeout(timer);
          child.off('message', onReply);
          resolve({ ...memory, files: openFiles(pid) });
        };
        child.on('message', onReply);
        child.send(requestId);
      }),
    stop,
  };
}

function openFiles(pid: number): number {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : 0;
}
