import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isAlive, waitUntilGone } from './alive.ts';
import type { Reaper } from './reaper.ts';
import { type RotatingLog, rotatingLog } from './rotating-log.ts';
import { withoutSecrets } from './secrets.ts';

export interface ProgramSpec {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly stopSignal?: 'SIGINT' | 'SIGTERM';
}

export interface Watcher {
  /** Every line the program prints. */
  line(name: string, text: string): void;
  /** It ended without being asked to; it is started again after `delayMs`. */
  died(name: string, how: string, delayMs: number, lastLines: readonly string[]): void;
  back(name: string, pid: number): void;
}

/** One program that is kept running until `stop`. */
export interface Supervised {
  readonly name: string;
  readonly pid: number | undefined;
  start(): void;
  /** Resolves when it is gone: its stop signal, and SIGKILL after `limitMs`. */
  stop(limitMs: number): Promise<void>;
}

const firstDelayMs = 100;
const longestDelayMs = 5000;
const steadyAfterMs = 10_000;

export function supervise(spec: ProgramSpec, logFile: string, reaper: Reaper, watcher: Watcher): Supervised {
  let child: ChildProcess | undefined;
  let log: RotatingLog | undefined;
  let isStopping = false;
  let delayMs = firstDelayMs;
  let again: NodeJS.Timeout | undefined;
  let hasDied = false;

  function start(): void {
    log ??= rotatingLog(logFile);
    const startedAt = Date.now();
    const lastLines: string[] = [];
    const running = spawn(spec.file, spec.args, {
      cwd: spec.cwd,
      env: { ...withoutSecrets(process.env), ...spec.env },
      uid: spec.uid,
      gid: spec.gid,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own group: Ctrl-C reaches the launcher only, which stops things in order.
      detached: process.platform !== 'win32',
    });
    child = running;
    if (running.pid !== undefined) {
      reaper.watch(running.pid, spec.stopSignal === 'SIGINT' ? 'INT' : 'TERM');
      if (hasDied) watcher.back(spec.name, running.pid);
    }
    for (const stream of [running.stdout, running.stderr]) {
      createInterface({ input: stream }).on('line', (text) => {
        lastLines.push(text);
        if (lastLines.length > 8) lastLines.shift();
        log?.write(text);
        watcher.line(spec.name, text);
      });
    }
    let isOver = false;
    const over = (how: string): void => {
      if (isOver) return;
      isOver = true;
      if (running.pid !== undefined) reaper.forget(running.pid);
      if (isStopping) return;
      if (Date.now() - startedAt > steadyAfterMs) delayMs = firstDelayMs;
      hasDied = true;
      watcher.died(spec.name, how, delayMs, lastLines);
      again = setTimeout(start, delayMs);
      delayMs = Math.min(delayMs * 2, longestDelayMs);
    };
    running.on('error', (error) => over(`cannot be started: ${error.message}`));
    running.on('exit', (code, signal) => over(signal ? `was ended by ${signal}` : `ended with code ${code}`));
  }

  return {
    name: spec.name,
    get pid() {
      return child?.exitCode === null && child.signalCode === null ? child.pid : undefined;
    },
    start,
    async stop(limitMs) {
      isStopping = true;
      clearTimeout(again);
      const pid = child?.pid;
      if (pid !== undefined && child?.exitCode === null && child.signalCode === null) {
        child.kill(spec.stopSignal ?? 'SIGTERM');
        if (!(await waitUntilGone(pid, limitMs)) && isAlive(pid)) {
          child.kill('SIGKILL');
          await waitUntilGone(pid, 1000);
        }
      }
      await log?.close();
    },
  };
}
