import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isAlive, waitUntilExited } from './alive.ts';
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
  /** Not restarted automatically when it fails soon after its start: it waits for a change of its source. */
  readonly waitsForChange?: boolean;
}

export interface Watcher {
  /** Every line the program prints. */
  onLine(name: string, text: string): void;
  /** It exited on its own; it is restarted after `delayMs`, or, when undefined, after a change of its source. */
  onExit(name: string, how: string, delayMs: number | undefined, lastLines: readonly string[], code?: number): void;
  onRestart(name: string, pid: number): void;
}

/** One program that is restarted until `stop`. */
export interface Supervised {
  readonly name: string;
  readonly pid: number | undefined;
  start(): void;
  /** Stops it as `stop` does, and starts it again unless `stop` was called meanwhile. */
  restart(limitMs: number): Promise<void>;
  /** Sends its stop signal, and SIGKILL after `limitMs`; resolves when it has exited. */
  stop(limitMs: number): Promise<void>;
}

const firstDelayMs = 100;
const longestDelayMs = 5000;
const steadyAfterMs = 10_000;
const outputLimitMs = 100;

export function supervise(spec: ProgramSpec, logFile: string, reaper: Reaper, watcher: Watcher): Supervised {
  let child: ChildProcess | undefined;
  let log: RotatingLog | undefined;
  let isStopping = false;
  let delayMs = firstDelayMs;
  let restartTimer: NodeJS.Timeout | undefined;
  let hasExited = false;
  /** Processes that were stopped on request. */
  const ended = new WeakSet<ChildProcess>();

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
      if (hasExited) watcher.onRestart(spec.name, running.pid);
    }
    for (const stream of [running.stdout, running.stderr]) {
      createInterface({ input: stream }).on('line', (text) => {
        lastLines.push(text);
        if (lastLines.length > 8) lastLines.shift();
        log?.write(text);
        watcher.onLine(spec.name, text);
      });
    }
    let isHandled = false;
    const handleExit = (how: string, code?: number): void => {
      if (isHandled) return;
      isHandled = true;
      if (running.pid !== undefined) reaper.forget(running.pid);
      if (isStopping || ended.has(running)) return;
      const wasSteady = Date.now() - startedAt > steadyAfterMs;
      if (wasSteady) delayMs = firstDelayMs;
      hasExited = true;
      if (spec.waitsForChange && code !== undefined && !wasSteady)
        return watcher.onExit(spec.name, how, undefined, lastLines, code);
      watcher.onExit(spec.name, how, delayMs, lastLines, code);
      restartTimer = setTimeout(start, delayMs);
      delayMs = Math.min(delayMs * 2, longestDelayMs);
    };
    running.on('error', (error) => handleExit(`cannot be started: ${error.message}`));
    const end = (code: number | null, signal: NodeJS.Signals | null): void =>
      handleExit(signal ? `was ended by ${signal}` : `ended with code ${code}`, code ?? undefined);
    // Its last lines give the cause. Child processes may hold its output open for longer than it runs.
    running.on('exit', (code, signal) => setTimeout(() => end(code, signal), outputLimitMs).unref());
    running.on('close', end);
  }

  async function end(limitMs: number): Promise<void> {
    clearTimeout(restartTimer);
    const running = child;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    ended.add(running);
    running.kill(spec.stopSignal ?? 'SIGTERM');
    if (!(await waitUntilExited(running.pid, limitMs)) && isAlive(running.pid)) {
      running.kill('SIGKILL');
      await waitUntilExited(running.pid, 1000);
    }
  }

  return {
    name: spec.name,
    get pid() {
      return child?.exitCode === null && child.signalCode === null ? child.pid : undefined;
    },
    start,
    async restart(limitMs) {
      await end(limitMs);
      if (isStopping) return;
      delayMs = firstDelayMs;
      hasExited = false;
      start();
    },
    async stop(limitMs) {
      isStopping = true;
      await end(limitMs);
      await log?.close();
    },
  };
}
