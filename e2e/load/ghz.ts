import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DescFile, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { file_dapr_proto_runtime_v1_dapr } from '../../runtime/gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { userCache } from '../../infra/launcher/folders.ts';
import { runTool } from '../../infra/servers/run-tool.ts';
import { keysOf, type LoadJob, type LoadResult } from './load-job.ts';

/** Pinned; built once from its module, with the Go toolchain of the machine. */
const version = '0.93.0';
const executable = process.platform === 'win32' ? 'ghz.exe' : 'ghz';
const buildLimitMs = 280_000;
const graceMs = 30_000;

/** Resolves to the path of ghz, or to undefined without Go to build it. */
export async function findGhz(note: (text: string) => void): Promise<string | undefined> {
  const folder = join(userCache(), `ghz-${version}`);
  const file = join(folder, executable);
  if (existsSync(file)) return file;
  if ((await runTool('go', ['version'], { limitMs: 5000 })).status !== 0) return undefined;
  note('building ghz, the load generator for gRPC, with Go (once) …');
  mkdirSync(folder, { recursive: true });
  const source = `github.com/bojand/ghz/cmd/ghz@v${version}`;
  const env = { ...process.env, GOBIN: folder };
  const { status, output } = await runTool('go', ['install', source], { limitMs: buildLimitMs, env });
  if (status !== 0) note(`ghz could not be built: ${output.trim().split('\n').at(-1) ?? 'no reason given'}`);
  return existsSync(file) ? file : undefined;
}

/** Loads a gRPC port over one connection, as an SDK does. The body is the message as JSON, with the names of the proto file. */
export async function ghzLoad(ghz: string, job: LoadJob): Promise<LoadResult> {
  const { port, callers, seconds, requests } = job;
  const keys = Array.from({ length: callers }, (_, at) => keysOf(at, job)).flat();
  const messages = keys.map((key) => requests.body?.replaceAll('{key}', key) ?? '{}');
  const folder = mkdtempSync(join(tmpdir(), 'ghz-'));
  try {
    const data = join(folder, 'messages.json');
    writeFileSync(data, `[${messages.join(',')}]`);
    const protoset = join(folder, 'dapr.protoset');
    writeFileSync(protoset, descriptors(file_dapr_proto_runtime_v1_dapr));
    const settings = {
      protoset,
      call: requests.path.slice(1),
      'data-file': data,
      concurrency: callers,
      connections: 1,
      duration: `${seconds}s`,
      'duration-stop': 'wait',
      format: 'json',
    };
    const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    const args = ['--insecure', ...flags, `127.0.0.1:${port}`];
    const { status, output } = await runTool(ghz, args, { limitMs: seconds * 1000 + graceMs });
    if (status !== 0) throw new Error(`ghz ended with ${status}: ${output.trim().slice(0, 400)}`);
    return readReport(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The compiled form, since ghz's parser does not support `optional`. */
function descriptors(file: DescFile): Uint8Array {
  const files = new Set<DescFile>();
  const add = (one: DescFile): void => {
    one.dependencies.forEach(add);
    files.add(one);
  };
  add(file);
  return toBinary(FileDescriptorSetSchema, {
    $typeName: 'google.protobuf.FileDescriptorSet',
    file: [...files].map(({ proto }) => proto),
  });
}

interface GhzReport {
  readonly count: number;
  /** Nanoseconds. */
  readonly total: number;
  readonly statusCodeDistribution: Readonly<Record<string, number>>;
  readonly latencyDistribution: readonly { readonly percentage: number; readonly latency: number }[] | null;
}

/** The output of ghz with `--format json`. */
export function readReport(text: string): LoadResult {
  const { count, total, statusCodeDistribution, latencyDistribution } = JSON.parse(text) as GhzReport;
  const succeeded = statusCodeDistribution.OK ?? 0;
  const at = (share: number): number =>
    (latencyDistribution?.find(({ percentage }) => percentage === share)?.latency ?? 0) / 1e6;
  return {
    perSecond: succeeded / (total / 1e9),
    p50Ms: at(50),
    p99Ms: at(99),
    calls: count,
    failures: count - succeeded,
  };
}
