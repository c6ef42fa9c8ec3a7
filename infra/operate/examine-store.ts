import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { RunningFile } from '../launcher/running-file.ts';
import { natsOptions } from '../servers/nats.ts';
import { StartError } from '../servers/server.ts';
import type { DiscoveredStore } from './find-store.ts';
import { type Operations, staffApi } from './staff-api.ts';
import { printable } from './table.ts';

export type Finding = readonly [mark: '✓' | '·' | '✗', what: string, how: string];

/** The state of one durable consumer of the broker. */
export interface ConsumerState {
  readonly name: string;
  /** Not yet delivered for the first time. */
  readonly pending: number;
  /** Delivered, and neither acknowledged nor terminated. */
  readonly unacknowledged: number;
  /** Of these: delivered more than once. */
  readonly redelivered: number;
  /** No program of the store reads it, such as one of a removed service: its messages wait forever. */
  readonly isLeftOver?: boolean;
}

const timeoutMs = 5000;
/** The prefix of the streams that sidecars make. */
const sidecarStreams = 'outrigger-';

/** Checks the health of every program of a running store. `home`: its folder, when commands have to name it. */
export async function examineStore(running: RunningFile, home?: string): Promise<readonly Finding[]> {
  const [programs, consumers, operations] = await Promise.all([
    Promise.all(Object.entries(running.urls).map(([name, url]) => programFinding(name, url, running.pids[name]))),
    consumerFindings(running),
    operationsFindings(running, home),
  ]);
  const where = `${running.urls.storefront ?? 'starting'} (pid ${running.pid}), logs in ${running.logs}`;
  return [['✓', 'Running store', where], ...programs, ...consumers, ...operations];
}

export const leftoverFinding = ({ file, running }: DiscoveredStore): Finding => [
  '·',
  'Left over',
  `${file} of pid ${running.pid}, which has ended; the next start replaces it`,
];

async function programFinding(name: string, url: string, pid: number | undefined): Promise<Finding> {
  const path = name.endsWith('/sidecar') ? '/v1.0/healthz' : '/healthz';
  const from = performance.now();
  try {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    if (response.ok) return ['✓', name, `healthy, in ${Math.round(performance.now() - from)} ms (pid ${pid}, ${url})`];
    return [
      '✗',
      name,
      `not healthy: ${path} returned ${response.status} ${printable(text.slice(0, 200))}; see its log`,
    ];
  } catch (cause) {
    const why =
      cause instanceof Error && cause.name === 'TimeoutError'
        ? `no response in ${timeoutMs / 1000} s`
        : 'no connection';
    return ['✗', name, `${why} (pid ${pid ?? 'none: it is being started again'}, ${url}); see its log`];
  }
}

async function consumerFindings({ servers, urls }: RunningFile): Promise<readonly Finding[]> {
  if (servers === undefined) return [];
  try {
    return (await consumerStates(servers.nats, Object.keys(urls))).map(consumerFinding);
  } catch (cause) {
    return [['✗', 'NATS', `does not respond: ${cause instanceof Error ? cause.message : String(cause)}`]];
  }
}

async function consumerStates(url: string, apps: readonly string[]): Promise<readonly ConsumerState[]> {
  const connection = await connect({ ...natsOptions(url), timeout: timeoutMs, reconnect: false });
  try {
    const manager = await jetstreamManager(connection, { timeout: timeoutMs });
    const states: ConsumerState[] = [];
    for await (const stream of manager.streams.list())
      for await (const info of manager.consumers.list(stream.config.name))
        states.push({
          name: consumerName(info.stream_name, info.name, info.config.filter_subject ?? '', apps),
          pending: info.num_pending,
          unacknowledged: info.num_ack_pending,
          redelivered: info.num_redelivered,
          isLeftOver:
            info.config.durable_name !== undefined &&
            isLeftOver(info.stream_name, info.name, info.config.filter_subject ?? '', apps),
        });
    return states.toSorted((a, b) => a.name.localeCompare(b.name));
  } finally {
    await connection.close();
  }
}

/** Sidecars name a consumer of one of their streams after their app and its subject. */
export function isLeftOver(stream: string, consumer: string, subject: string, apps: readonly string[]): boolean {
  return stream.startsWith(sidecarStreams) && readerOf(consumer, subject, apps) === undefined;
}

/** Topic and app of a consumer that a sidecar made; names of streams and consumers end in a hash. */
export function consumerName(stream: string, consumer: string, subject: string, apps: readonly string[]): string {
  if (!stream.startsWith(sidecarStreams) || subject === '') return `${stream} → ${consumer}`;
  return `${subject} → ${readerOf(consumer, subject, apps) ?? consumer}`;
}

const readerOf = (consumer: string, subject: string, apps: readonly string[]): string | undefined =>
  apps.find((app) => consumer.startsWith(`${app}-${subject}`.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 80)));

/** A busy store always has messages in delivery; messages that were delivered more than once deserve attention. */
export function consumerFinding(state: ConsumerState): Finding {
  const { name, pending, unacknowledged, redelivered, isLeftOver: leftOver } = state;
  if (leftOver)
    return [
      '·',
      name,
      `left behind: no service of this store reads it, as after new:service --remove; ${pending + unacknowledged} waiting`,
    ];
  const mark = redelivered > 0 ? '✗' : pending + unacknowledged > 0 ? '·' : '✓';
  const hint = redelivered > 0 ? ': its service fails or is slow, see its log' : '';
  return [mark, name, `${pending} waiting, ${unacknowledged} unacknowledged, ${redelivered} redelivered${hint}`];
}

async function operationsFindings(running: RunningFile, home?: string): Promise<readonly Finding[]> {
  const url = running.urls.order;
  if (url === undefined) return [];
  try {
    return operationFindings(await staffApi({ url, token: running.staffToken }).operations(), home);
  } catch (cause) {
    if (!(cause instanceof StartError)) throw cause;
    return [['✗', 'Orders', cause.message]];
  }
}

export function operationFindings(operations: Operations | undefined, home?: string): readonly Finding[] {
  if (!operations) return [['·', 'Orders', 'this order service reports no dead letters and no progress']];
  const { deadLetters, ordersWithoutProgress, invariants } = operations;
  const findings: Finding[] = [];
  if (deadLetters)
    findings.push(
      deadLetters.open > 0
        ? [
            '✗',
            'Dead letters',
            `${deadLetters.open} open: npm run dead-letters -- list${home === undefined ? '' : ` --home ${home}`}`,
          ]
        : ['✓', 'Dead letters', 'none open'],
    );
  if (ordersWithoutProgress) {
    const { count, oldest } = ordersWithoutProgress;
    findings.push(
      count > 0
        ? ['✗', 'Orders', `${count} without progress, the oldest: ${printable(oldest.join(', '))}`]
        : ['✓', 'Orders', 'all make progress'],
    );
  }
  if (invariants)
    findings.push(
      invariants.ok
        ? ['✓', 'Invariants', 'orders, stock and money agree']
        : ['✗', 'Invariants', printable(invariants.problems.join('; '))],
    );
  return findings;
}
