import { readdirSync, readFileSync } from 'node:fs';

const msPerTick = 10;

/** One process as `/proc/PID/stat` describes it. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Processor time so far, with that of child processes that have ended. */
  readonly cpuMs: number;
}

/** Throws for text that is not the content of a stat file. */
export function parseStat(text: string): ProcessStat {
  const name = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  // From the third field on; the second is the program's name, which may hold spaces and brackets.
  const fields = text.slice(name + 2).split(' ');
  const ticks = [11, 12, 13, 14].map((at) => Number(fields[at]));
  const parent = Number(fields[1]);
  const cpuMs = ticks.reduce((sum, each) => sum + each, 0) * msPerTick;
  if (name < 0 || [pid, parent, cpuMs].some(Number.isNaN)) throw new TypeError(`not a stat file: ${text}`);
  return { pid, parent, cpuMs };
}

/** Process ids of a program and all its descendants: Postgres has one process for each connection. */
export function treeOf(root: number, processes: readonly ProcessStat[]): readonly ProcessStat[] {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const within = (pid: number): readonly ProcessStat[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...within(child.pid)]);
  return [...processes.filter(({ pid }) => pid === root), ...within(root)];
}

export interface ProgramUsage {
  /** Processor time so far. */
  readonly cpuMs: number;
  /** Proportional set size: pages that several processes share are counted once. */
  readonly pssMb: number;
}

export type ProgramUsages = Readonly<Record<string, ProgramUsage>>;

/** Usage of programs by name. Linux only. */
export function readUsages(pids: Readonly<Record<string, number>>): ProgramUsages {
  const processes = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(name) : []));
  return Object.fromEntries(
    Object.entries(pids).map(([program, root]) => {
      const tree = treeOf(root, processes);
      return [program, { cpuMs: sum(tree.map(({ cpuMs }) => cpuMs)), pssMb: sum(tree.map(({ pid }) => pssMb(pid))) }];
    }),
  );
}

/** A process that has ended meanwhile is none. */
function statOf(pid: string): readonly ProcessStat[] {
  try {
    return [parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))];
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
    return [];
  }
}

function pssMb(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The program of a row of the report: `order` and `order/sidecar` are different programs. */
export const kindOf = (program: string): ProgramKind =>
  program.endsWith('/sidecar')
    ? 'sidecars'
    : program === 'postgres' || program === 'nats' || program === 'provider'
      ? program
      : 'services';

export type ProgramKind = 'services' | 'sidecars' | 'postgres' | 'nats' | 'provider';

export const programKinds: readonly ProgramKind[] = ['services', 'sidecars', 'postgres', 'nats', 'provider'];
