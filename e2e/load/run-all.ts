import { deliverBacklog } from './backlog.ts';
import type { SidecarUnderTest, RunningSidecar } from './sidecar-under-test.ts';
import type { BenchEnvironment } from './bench-environment.ts';
import { largeStoreName, startLargeStores } from './large-store.ts';
import type { LoadClient } from './load-client.ts';
import type { LoadJob, LoadResult, RequestPlan } from './load-job.ts';
import { getRequest, loadRows, setRequest } from './load-rows.ts';
import { cpuMs, memoryOf } from './process-usage.ts';
import { type Figures, figures, median, type Score } from './score.ts';

export interface Run {
  readonly environment: BenchEnvironment;
  readonly client: LoadClient;
  /** Ours, then the reference if there is one. */
  readonly candidates: readonly SidecarUnderTest[];
  /** Names of rows; empty means all. */
  readonly only: readonly string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly events: number;
  readonly isBig: boolean;
  note(text: string): void;
}

export const rowNames: readonly string[] = [
  'ceiling',
  ...loadRows.map(({ name }) => name),
  'deliver',
  'memory',
  'start',
  'growth',
];

const warmUpSeconds = 2;
const starts = 5;
const idleMs = 3000;
/** Both sidecars release memory when they are idle; this is the idle time before the measurement. */
const settleMs = 25_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Measures every row in rounds; the order of the sidecars alternates between rounds. */
export async function runAll(run: Run): Promise<readonly Score[]> {
  const isSelected = (name: string): boolean => run.only.length === 0 || run.only.includes(name);
  const scores: Score[] = [];
  const idle = isSelected('memory') ? await idleMemory(run) : undefined;
  if (idle) scores.push(idle);
  if (isSelected('ceiling')) scores.push(await ceiling(run));
  for (const row of loadRows.filter(({ name }) => isSelected(name))) {
    const protocols = run.candidates.map((candidate) => row.job(candidate).protocol);
    if (protocols.includes('grpc') && !run.client.hasGrpc) {
      run.note(`${row.name}: skipped, since Go to build ghz is not available`);
      continue;
    }
    for (const candidate of run.candidates) {
      // Warm-up with the measured calls: code that has not run yet would distort the result.
      for (const target of [row.before?.(candidate), row.job(candidate)])
        if (target) await run.client.run({ ...target, callers: 32, seconds: warmUpSeconds });
    }
    for (const callers of row.callers) {
      const { name, what } = row;
      const point = { id: `${name}/${callers}`, what, callers };
      scores.push(await measurePoint(run, point, (one) => [row.job(one), [one.near, one.far]]));
    }
  }
  if (isSelected('deliver')) scores.push(await delivery(run));
  if (isSelected('memory')) scores.push(...(await memoryAfter(run)));
  if (isSelected('start')) scores.push(await startTimes(run));
  if (isSelected('growth')) scores.push(...(await measureGrowth(run)));
  return scores;
}

type PointPlan = readonly [job: Omit<LoadJob, 'callers' | 'seconds'>, sidecars: readonly RunningSidecar[]];

async function measurePoint(
  run: Run,
  point: Pick<Score, 'id' | 'what'> & { readonly callers: number },
  plan: (candidate: SidecarUnderTest) => PointPlan,
): Promise<Score> {
  const measured = { value: figures(), p50Ms: figures(), p99Ms: figures(), cpuMicros: figures() };
  await inTurns(run, async (candidate) => {
    const [job, sidecars] = plan(candidate);
    const pids = [...sidecars, ...candidate.helpers].map(({ pid }) => pid);
    const cpuBefore = cpuMs(pids);
    const result = await run.client.run({ ...job, callers: point.callers, seconds: run.seconds });
    run.environment.check();
    rejectFailures(`${candidate.name}, ${point.id}`, result);
    measured.value[candidate.name].push(result.perSecond);
    measured.p50Ms[candidate.name].push(result.p50Ms);
    measured.p99Ms[candidate.name].push(result.p99Ms);
    measured.cpuMicros[candidate.name].push(((cpuMs(pids) - cpuBefore) * 1000) / result.calls);
  });
  return logScore(run, { ...point, unit: '/s', ...measured });
}

/** A measurement of failed calls is meaningless. */
function rejectFailures(what: string, { calls, failures }: LoadResult): void {
  if (calls === 0 || failures > calls / 1000)
    throw new Error(`${what}: ${failures} of ${calls} calls failed, so the measurement is invalid`);
}

async function inTurns(
  run: Run,
  measure: (candidate: SidecarUnderTest, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < run.rounds; round++) {
    const order = round % 2 === 0 ? run.candidates : run.candidates.toReversed();
    for (const candidate of order) await measure(candidate, round);
  }
}

function logScore(run: Run, score: Score): Score {
  const text = ({ ours, reference }: Figures, digits: number): string =>
    [ours, reference].map((values) => (values.length === 0 ? '–' : median(values).toFixed(digits))).join(' | ');
  const p50 = score.p50Ms ? `  p50 ${text(score.p50Ms, 2)} ms` : '';
  const cpu = score.cpuMicros ? `  cpu ${text(score.cpuMicros, 0)} µs` : '';
  run.note(`${score.id.padEnd(14)} ${text(score.value, score.unit === '/s' ? 0 : 1)} ${score.unit}${p50}${cpu}`);
  return score;
}

/** The app without sidecars: the highest rate of the client. */
async function ceiling(run: Run): Promise<Score> {
  const value = figures();
  const requests: RequestPlan = { method: 'POST', path: '/echo', body: `{"text":"${'x'.repeat(1000)}"}`, keys: 1 };
  const job: LoadJob = {
    protocol: 'http',
    port: run.environment.echoPort,
    callers: 32,
    seconds: run.seconds,
    requests,
  };
  for (let round = 0; round < 2; round++) value.ours.push((await run.client.run(job)).perSecond);
  return logScore(run, {
    id: 'ceiling',
    what: 'the client against a bare Node server',
    callers: 32,
    unit: '/s',
    value,
  });
}

async function delivery(run: Run): Promise<Score> {
  const value = figures();
  const cpuMicros = figures();
  await inTurns(run, async (candidate, round) => {
    const delivered = await deliverBacklog(run.environment, candidate, { events: run.events, round });
    value[candidate.name].push(delivered.perSecond);
    cpuMicros[candidate.name].push(delivered.cpuMicros);
  });
  return logScore(run, {
    id: 'deliver',
    what: `deliver a backlog of ${run.events.toLocaleString('en')} events`,
    unit: '/s',
    value,
    cpuMicros,
  });
}

async function idleMemory(run: Run): Promise<Score> {
  await pause(idleMs);
  const value = figures();
  for (const { name, near, far } of run.candidates)
    value[name].push(...[near, far].map(({ pid }) => memoryOf(pid).pssMb));
  return logScore(run, { id: 'memory-idle', what: 'memory of a sidecar, idle (PSS)', unit: 'MB', value });
}

async function memoryAfter(run: Run): Promise<Score[]> {
  await pause(settleMs);
  const pss = figures();
  const rss = figures();
  const helpers = figures();
  for (const { name, near, far, helpers: helperProcesses } of run.candidates) {
    const both = [near, far].map(({ pid }) => memoryOf(pid));
    pss[name].push(...both.map(({ pssMb }) => pssMb));
    rss[name].push(...both.map(({ rssMb }) => rssMb));
    helpers[name].push(helperProcesses.reduce((sum, { pid }) => sum + memoryOf(pid).pssMb, 0));
  }
  return [
    logScore(run, { id: 'memory-after', what: 'memory of a sidecar after load (PSS)', unit: 'MB', value: pss }),
    logScore(run, { id: 'memory-rss', what: 'memory of a sidecar after load (RSS)', unit: 'MB', value: rss }),
    logScore(run, { id: 'helpers', what: 'helper processes, all together (PSS)', unit: 'MB', value: helpers }),
  ];
}

async function startTimes(run: Run): Promise<Score> {
  const value = figures();
  await inTurns({ ...run, rounds: starts }, async (candidate, round) => {
    const runner = await candidate.start({ appId: `starter${round}` });
    value[candidate.name].push(runner.startMs);
    await runner.stop();
  });
  return logScore(run, { id: 'start', what: 'start to `healthz/outbound`', unit: 'ms', value });
}

async function measureGrowth(run: Run): Promise<Score[]> {
  const sizes = [1_000, 100_000, ...(run.isBig ? [1_000_000] : [])];
  const runners = new Map<SidecarUnderTest['name'], RunningSidecar>();
  for (const candidate of run.candidates)
    runners.set(candidate.name, await startLargeStores(run.environment, candidate, sizes));
  const scores: Score[] = [];
  for (const [name, requestFor] of [
    ['set', setRequest],
    ['get', getRequest],
  ] as const) {
    for (const keys of sizes) {
      const what = `state ${name} in a store of ${keys.toLocaleString('en')} keys`;
      const requests = requestFor(largeStoreName(keys), keys);
      const planned = (one: SidecarUnderTest): PointPlan => {
        const runner = runners.get(one.name);
        if (!runner) throw new Error(`${one.name} has no sidecar with large stores`);
        return [{ protocol: 'http', port: runner.http, requests }, [runner]];
      };
      scores.push(await measurePoint(run, { id: `growth-${name}/${keys}`, what, callers: 32 }, planned));
    }
  }
  for (const runner of runners.values()) await runner.stop();
  return scores;
}
