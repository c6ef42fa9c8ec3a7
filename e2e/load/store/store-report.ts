import type { Latency } from './latency.ts';
import { type ProgramKind, programKinds } from './program-usage.ts';
import type { StoreLevel } from './store-level.ts';
import { pageNames } from './store-shopper.ts';

export interface StoreRun {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly versions: readonly string[];
  /** The load of the machine before the run, by `os.loadavg`. */
  readonly loadBefore: number;
  readonly levels: readonly StoreLevel[];
  /** Processor time of each second without any request, in milliseconds. */
  readonly idle: Readonly<Record<ProgramKind, number>>;
  /** Of all programs, in MB. */
  readonly memory: { readonly before: MemoryByKind; readonly after: MemoryByKind; readonly orders: number };
}

export type MemoryByKind = Readonly<Record<ProgramKind, number>>;

/** A goal of the design, with what the run reached. */
export interface StoreGoal {
  readonly what: string;
  readonly goal: string;
  readonly value: string;
  readonly isReached: boolean;
}

/** Goals whose level was measured. */
export function storeGoals({ levels, memory }: Pick<StoreRun, 'levels' | 'memory'>): readonly StoreGoal[] {
  const at = (shoppers: number): StoreLevel | undefined => levels.find((level) => level.shoppers === shoppers);
  const many = at(64);
  const quiet = at(1);
  const programsMb = total(memory.after) - memory.after.postgres;
  return [
    ...(many === undefined
      ? []
      : [
          goalOf('whole orders at 64 shoppers', many.orders / many.seconds, '/s', { atLeast: 150 }),
          goalOf('processor time of an order at 64 shoppers', total(many.cpuMs), ' ms', { atMost: 20 }),
        ]),
    ...(quiet === undefined
      ? []
      : [goalOf('add to cart, p50, one shopper', quiet.pages['add to cart'].p50, ' ms', { atMost: 4 })]),
    goalOf(`memory of all programs but Postgres after ${memory.orders} orders`, programsMb, ' MB', { atMost: 650 }),
  ];
}

function goalOf(
  what: string,
  value: number,
  unit: string,
  { atLeast = -Infinity, atMost = Infinity }: { readonly atLeast?: number; readonly atMost?: number },
): StoreGoal {
  const goal = atLeast === -Infinity ? `≤ ${atMost}${unit}` : `≥ ${atLeast}${unit}`;
  return { what, goal, value: `${rounded(value)}${unit}`, isReached: value >= atLeast && value <= atMost };
}

/** The section of `docs/performance.md`. */
export function storeReportOf(run: StoreRun): string {
  const { date, commit, machine, versions, loadBefore, levels, idle, memory } = run;
  return `## Whole orders of the store

Measured by \`npm run bench -- store\` on ${date} at commit ${commit}.

- Machine: ${machine}. ${versions.join(', ')}. Load of the machine before the run: ${loadBefore.toFixed(1)}.
- The real store as \`npm start\` runs it, with its own Postgres and NATS, without waiting times (\`GRACE_SECONDS\` and
  \`FULFILMENT_SECONDS\` are 0).
- An order is product list, product, add to cart, cart, card token, checkout, order page, and then all that happens until
  it is delivered. Each shopper has a page open that receives its events, and orders again once the last order is delivered.
- The client shares the processors; its processor time is not in the figures.

| what | measured | goal | |
| --- | ---: | ---: | --- |
${storeGoals(run)
  .map(
    ({ what, goal, value, isReached }) => `| ${what} | ${value} | ${goal} | ${isReached ? 'reached' : '**missed**'} |`,
  )
  .join('\n')}

### Orders and processor time

Processor time is milliseconds for one order.

| shoppers | orders/s | 503 | checkout to delivered, p50 / p99 | ${programKinds.join(' | ')} | all |
| ---: | ---: | ---: | ---: | ${programKinds.map(() => '---:').join(' | ')} | ---: |
${levels.map(levelRow).join('\n')}
| none, for each second | | | | ${[...programKinds.map((kind) => idle[kind]), total(idle)].map((value) => value.toFixed(1)).join(' | ')} |

By program, at ${levels.at(-1)?.shoppers ?? 0} shoppers: ${programList(levels.at(-1))}.

### Pages and commands

Milliseconds, p50 / p95 / p99.

| shoppers | ${pageNames.join(' | ')} |
| ---: | ${pageNames.map(() => '---:').join(' | ')} |
${levels.map((level) => `| ${level.shoppers} | ${pageNames.map((name) => percentiles(level.pages[name])).join(' | ')} |`).join('\n')}

### Memory

Proportional set size (PSS) of all processes in MB, before the first and 60 s after the last of
${memory.orders} orders: by then nothing is left to do, and programs have collected their garbage.

| | ${programKinds.join(' | ')} | all | without Postgres |
| --- | ${programKinds.map(() => '---:').join(' | ')} | ---: | ---: |
${memoryRow('before', memory.before)}
${memoryRow('after', memory.after)}
`;
}

function levelRow({ shoppers, orders, seconds, unavailable, delivery, cpuMs }: StoreLevel): string {
  const cells = [...programKinds.map((kind) => cpuMs[kind]), total(cpuMs)].map((value) => value.toFixed(1));
  const times = `${delivery.p50.toFixed(0)} / ${delivery.p99.toFixed(0)} ms`;
  return `| ${shoppers} | ${rounded(orders / seconds)} | ${unavailable} | ${times} | ${cells.join(' | ')} |`;
}

const programList = (level: StoreLevel | undefined): string =>
  Object.entries(level?.cpuMsByProgram ?? {})
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`)
    .join(', ');

const percentiles = ({ p50, p95, p99 }: Latency): string => [p50, p95, p99].map(rounded).join(' / ');

function memoryRow(when: string, memory: MemoryByKind): string {
  const all = total(memory);
  const cells = [...programKinds.map((kind) => memory[kind]), all, all - memory.postgres];
  return `| ${when} | ${cells.map((value) => value.toFixed(0)).join(' | ')} |`;
}

const rounded = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

const total = (values: Readonly<Record<ProgramKind, number>>): number =>
  Object.values(values).reduce((sum, value) => sum + value, 0);
