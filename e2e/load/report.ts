import { type Figures, median, ratio, type Score, goalResults } from './score.ts';

export interface RunDetails {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly versions: readonly string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly events: number;
  readonly minutes: number;
}

/** The sidecar's section of `docs/performance.md`. */
export function reportOf(scores: readonly Score[], details: RunDetails): string {
  const { date, commit, machine, versions, seconds, rounds } = details;
  return `## The sidecar beside the reference

Measured by \`npm run bench -- --daprd DIR\` on ${date} at commit ${commit}, in ${details.minutes.toFixed(1)} minutes.

- Machine: ${machine}. ${versions.join(', ')}.
- Both sidecars use the same Postgres, the same NATS, the same app and the same client in the same run, with the same component files.
  They take turns: ${rounds} rounds of ${seconds} s for each point. A figure is the median of its rounds.
- The client, the app, Postgres, NATS and the sidecars share the processors, so a ratio is more meaningful than a rate.

${goalTable(scores)}### Every point

${pointTable(scores)}
${notes(scores)}`;
}

function goalTable(scores: readonly Score[]): string {
  const rows = goalResults(scores).map(({ goal, figures, unit, ratio: reached, isReached }) => {
    const goalText =
      goal.atLeast === undefined ? (goal.atMost === 0 ? 'none' : `≤ ${goal.atMost}×`) : `≥ ${goal.atLeast}×`;
    return `| ${goal.what} | ${text(median(figures.ours), unit)} | ${text(median(figures.reference), unit)} | ${reached.toFixed(2)}× | ${goalText} | ${isReached ? 'reached' : '**missed**'} |`;
  });
  if (rows.length === 0) return '';
  return `### Goals

![The same as bars](performance.svg)

| what | Outrigger | reference | ratio | goal | |
| --- | ---: | ---: | ---: | ---: | --- |
${rows.join('\n')}

Where the time and the memory behind a missed goal go, and what was tried: [decision 0007](decisions/0007-performance.md).

`;
}

function pointTable(scores: readonly Score[]): string {
  const pair = (figures: Figures | undefined, unit: string): string =>
    figures && figures.ours.length > 0
      ? [figures.ours, figures.reference].map((values) => text(median(values), unit)).join(' / ')
      : '';
  const rows = scores.map(
    (score) =>
      `| ${score.what} | ${score.callers ?? ''} | ${text(median(score.value.ours), score.unit)} | ${text(median(score.value.reference), score.unit)} | ${times(ratio(score.value))} | ${pair(score.p50Ms, '')} | ${pair(score.p99Ms, '')} | ${pair(score.cpuMicros, 'µs')} |`,
  );
  return `Latencies are milliseconds, ours / reference. The last column is processor time of the two sidecars and their helpers for one call.

| what | callers | Outrigger | reference | ratio | p50 | p99 | CPU, µs |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}
`;
}

function times(value: number): string {
  return Number.isNaN(value) ? '–' : `${value.toFixed(2)}×`;
}

function text(value: number, unit: string): string {
  if (Number.isNaN(value)) return '–';
  if (unit === 'µs') return value.toFixed(0);
  if (unit === '') return value.toFixed(2);
  if (unit === '/s') return `${Math.round(value).toLocaleString('en')}/s`;
  return `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
}

function notes(scores: readonly Score[]): string {
  const ceilingRate = median(scores.find(({ id }) => id === 'ceiling')?.value.ours ?? []);
  const ceiling = Number.isNaN(ceilingRate)
    ? ''
    : `- The client is not the limit: with only a bare \`node:http\` server it reaches ${text(ceilingRate, '/s')}.\n`;
  return `### Notes

${ceiling}- The HTTP client is autocannon in a separate process, one connection per caller; the gRPC client is ghz over one
  connection, as in an SDK.
- Each caller has different keys, 1,024 in all. Growth uses 2,048 keys spread over the store.
- Memory is that of one sidecar, the mean of two, 25 s after the last call: the proportional share (PSS), and RSS, where
  shared pages count in full. All load rows have run before.
- The backlog is written to the stream beforehand; the time is from the first to the last event at the app.
- A run with more than one failed call in a thousand is discarded.
`;
}
