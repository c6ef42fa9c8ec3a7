import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitWithError, optionsOrExit } from '../../infra/launcher/command-line.ts';
import { StartError } from '../../infra/servers/server.ts';
import { component } from '../harness/component.ts';
import { type ServerName, startTestServers } from '../harness/test-servers.ts';
import { type SidecarProcess, type ProcessMemory, startSidecar } from '../harness/sidecar-process.ts';
import { pause } from '../harness/store.ts';
import { type Load, actorLoad, invokeLoad, publishLoad, stateLoad } from './load.ts';
import { startSoakApp } from './soak-app.ts';
import type { Tally } from './tally.ts';
import { trends } from './trend.ts';

const values = optionsOrExit('soak', { minutes: { type: 'string', default: '10' } });
const totalMs = Number(values.minutes) * 60_000;
if (!(totalMs >= 30_000))
  exitWithError(
    new StartError(`--minutes ${values.minutes} is too short or no number.`, 'Give a number of at least 0.5.'),
  );

const workers = 3;
/** Between two steps of one worker: the load is long, not high. */
const restMs = 15;
const sampleMs = Math.max(2000, totalMs / 100);
const recoveryLimitMs = 15_000;
/** The crashed server, and the part of the time after which it crashes. */
const crashes: readonly (readonly [server: ServerName, part: number])[] = [
  ['postgres', 0.2],
  ['nats', 0.35],
  ['postgres', 0.5],
  ['nats', 0.6],
];

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const problems: string[] = [];

const servers = await startTestServers();
const app = await startSoakApp();
const connectionString = servers.postgresUrl;
const resources = [
  component('statestore', 'state.postgresql/v2', { connectionString, actorStateStore: 'true' }),
  component('pubsub', 'pubsub.jetstream/v1', { natsURL: servers.natsUrl }),
];
mkdirSync(join(servers.home, 'names'), { recursive: true });
const common = { resources, home: servers.home };
const back = await startSidecar({ ...common, appId: 'back', appPort: app.port });
app.sidecar = back.url;
const front = await startSidecar({ ...common, appId: 'front' });
const sidecars: Readonly<Record<string, SidecarProcess>> = { front, back };

const loads: readonly Load[] = [
  stateLoad(front.url),
  publishLoad(front.url, app.events),
  invokeLoad(front.url, 'back'),
  actorLoad(front.url, back.url),
];
const tallies: readonly Tally[] = [...loads.map((load) => load.tally), app.deliveries, app.reminders, app.timers];
const outages: { readonly server: ServerName; readonly at: number; readonly downMs: number }[] = [];
const samples: Record<string, ProcessMemory[]> = { front: [], back: [] };

const begun = Date.now();
print(
  `Soaking for ${values.minutes} min: ${loads.length} kinds of load, ${workers} workers each, ${crashes.length} crashes`,
);
let isFinished = false;
const running = loads.flatMap((load) =>
  Array.from({ length: workers }, async (_one, worker) => {
    while (!isFinished) {
      await load.step(worker);
      await pause(restMs);
    }
  }),
);
const sampling = sample();
for (const [server, part] of crashes) {
  await pause(begun + totalMs * part - Date.now());
  const at = Date.now();
  const downMs = await servers.crash(server);
  outages.push({ server, at, downMs });
  print(`  ${seconds(at - begun)}: ${server} killed, running again after ${seconds(downMs)}`);
}
await pause(begun + totalMs - Date.now());
isFinished = true;
await Promise.all([...running, sampling]);

for (const load of loads) problems.push(...(await load.losses()));
checkRecovery();
checkReminders();
printLoads();
printOutages();
checkMemory();
for (const [name, sidecar] of Object.entries(sidecars)) {
  if (sidecar.ending() !== undefined) problems.push(`the sidecar ${name} ended: ${sidecar.ending()}`);
  const broken = sidecar.lines.filter((line) => /unexpected|unhandled|level=fatal|node:internal|Warning:/i.test(line));
  problems.push(...broken.slice(0, 5).map((line) => `${name} logged: ${line.slice(0, 400)}`));
}

await Promise.all(Object.values(sidecars).map((sidecar) => sidecar.stop()));
await app.close();
await servers.stop();
print(problems.length === 0 ? '\nNothing lost, no growth.' : `\n${problems.length} problems:`);
for (const problem of problems) print(`  ✗ ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);

async function sample(): Promise<void> {
  while (!isFinished) {
    for (const [name, sidecar] of Object.entries(sidecars))
      if (sidecar.ending() === undefined) samples[name]?.push(await sidecar.measureMemory());
    await pause(sampleMs);
  }
}

function checkRecovery(): void {
  for (const { server, at } of outages)
    for (const counts of tallies)
      if (gapAt(counts, at) > recoveryLimitMs)
        problems.push(`${counts.name} stopped for ${seconds(gapAt(counts, at))} when ${server} was killed`);
}

/** The longest time without progress of a kind of load around a crash. */
function gapAt(counts: Tally, at: number): number {
  return counts.longestGap(at, Math.min(at + 2 * recoveryLimitMs, begun + totalMs));
}

/** Every reminder still fires, about as often as expected. */
function checkReminders(): void {
  const late = [...app.remindedAt].filter(([, at]) => Date.now() - at > 60_000);
  if (app.remindedAt.size !== workers || late.length > 0)
    problems.push(`${app.remindedAt.size} of ${workers} reminders fired, ${late.length} of them not lately`);
  const due = (totalMs / 1000) * workers;
  if (app.reminders.succeeded < due * 0.7)
    problems.push(`reminders fired ${app.reminders.succeeded} times, where ${due} were due`);
}

function printLoads(): void {
  print('\n              done   failed   p50 ms   p99 ms');
  for (const counts of tallies) {
    const { name, succeeded, failures } = counts;
    const [p50, p99] = [counts.quantile(0.5), counts.quantile(0.99)].map((ms) => ms.toFixed(1).padStart(8));
    print(`  ${name.padEnd(10)}${String(succeeded).padStart(6)} ${String(failures).padStart(8)} ${p50} ${p99}`);
    if (failures > 0) print(`      ${counts.reasons()}`);
  }
}

/** Prints the longest time without progress of each kind of load around each crash. */
function printOutages(): void {
  print(`\n  killed       at      down  ${tallies.map(({ name }) => name.padStart(9)).join(' ')}`);
  for (const { server, at, downMs } of outages) {
    const after = tallies.map((counts) => seconds(gapAt(counts, at)).padStart(9));
    print(
      `  ${server.padEnd(9)}${seconds(at - begun).padStart(7)} ${seconds(downMs).padStart(7)}   ${after.join(' ')}`,
    );
  }
}

function checkMemory(): void {
  print('\n  sidecar  what          middle third  last third   at most');
  for (const [name, memorySamples] of Object.entries(samples))
    for (const { what, middle, last, limit } of trends(memorySamples)) {
      const columns = [middle, last, limit].map((value) => value.toFixed(1).padStart(11)).join(' ');
      print(`  ${name.padEnd(8)} ${what.padEnd(12)} ${columns}`);
      if (last > limit) problems.push(`${what} of ${name} grow: ${middle.toFixed(1)} → ${last.toFixed(1)}`);
    }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
