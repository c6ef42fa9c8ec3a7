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
  return new SupervisedProgram(spec, logFile, reaper, watcher);
}

class SupervisedProgram implements Supervised {
  readonly #spec: ProgramSpec;
  readonly #logFile: string;
  readonly #reaper: Reaper;
  readonly #watcher: Watcher;
  /** Processes that were stopped on request. */
  readonly #ended = new WeakSet<ChildProcess>();
  #child: ChildProcess | undefined;
  #log: RotatingLog | undefined;
  #isStopping = false;
  #hasExited = false;
  #delayMs = firstDelayMs;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(spec: ProgramSpec, logFile: string, reaper: Reaper, watcher: Watcher) {
    this.#spec = spec;
    this.#logFile = logFile;
    this.#reaper = reaper;
    this.#watcher = watcher;
  }

  get name(): string {
    return this.#spec.name;
  }

  get pid(): number | undefined {
    return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  start(): void {
    const { name, stopSignal } = this.#spec;
    this.#log ??= rotatingLog(this.#logFile);
    const startedAt = Date.now();
    const running = spawnProgram(this.#spec);
    this.#child = running;
    if (running.pid !== undefined) {
      this.#reaper.watch(running.pid, stopSignal === 'SIGINT' ? 'INT' : 'TERM');
      if (this.#hasExited) this.#watcher.onRestart(name, running.pid);
    }
    const lastLines = this.#readOutput(running);
    let isHandled = false;
    const handleExit = (how: string, code?: number): void => {
      if (isHandled) return;
      isHandled = true;
      if (running.pid !== undefined) this.#reaper.forget(running.pid);
      if (this.#isStopping || this.#ended.has(running)) return;
      this.#exited(how, code, lastLines, Date.now() - startedAt > steadyAfterMs);
    };
    running.on('error', (error) => handleExit(`cannot be started: ${error.message}`));
    const end = (code: number | null, signal: NodeJS.Signals | null): void =>
      handleExit(signal ? `was ended by ${signal}` : `ended with code ${code}`, code ?? undefined);
    // Its last lines give the cause. Child processes may hold its output open for longer than it runs.
    running.on('exit', (code, signal) => setTimeout(() => end(code, signal), outputLimitMs).unref());
    running.on('close', end);
  }

  async restart(limitMs: number): Promise<void> {
    await this.#end(limitMs);
    if (this.#isStopping) return;
    this.#delayMs = firstDelayMs;
    this.#hasExited = false;
    this.start();
  }

  async stop(limitMs: number): Promise<void> {
    this.#isStopping = true;
    await this.#end(limitMs);
    await this.#log?.close();
  }

  /** Logs its lines; the result holds the last ones. */
  #readOutput({ stdout, stderr }: ChildProcess): readonly string[] {
    const lastLines: string[] = [];
    for (const stream of [stdout, stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (text) => {
        lastLines.push(text);
        if (lastLines.length > 8) lastLines.shift();
        this.#log?.write(text);
        this.#watcher.onLine(this.name, text);
      });
    }
    return lastLines;
  }

  /** It exited on its own: starts it again later, unless it waits for a change. */
  #exited(how: string, code: number | undefined, lastLines: readonly string[], wasSteady: boolean): void {
    if (wasSteady) this.#delayMs = firstDelayMs;
    this.#hasExited = true;
    if (this.#spec.waitsForChange && code !== undefined && !wasSteady)
      return this.#watcher.onExit(this.name, how, undefined, lastLines, code);
    this.#watcher.onExit(this.name, how, this.#delayMs, lastLines, code);
    this.#restartTimer = setTimeout(() => this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
  }

  async #end(limitMs: number): Promise<void> {
    clearTimeout(this.#restartTimer);
    const running = this.#child;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    this.#ended.add(running);
    running.kill(this.#spec.stopSignal ?? 'SIGTERM');
    if (!(await waitUntilExited(running.pid, limitMs)) && isAlive(running.pid)) {
      running.kill('SIGKILL');
      await waitUntilExited(running.pid, 1000);
    }
  }
}

function spawnProgram({ file, args, cwd, env, uid, gid }: ProgramSpec): ChildProcess {
  return spawn(file, args, {
    cwd,
    env: { ...withoutSecrets(process.env), ...env },
    uid,
    gid,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own group: Ctrl-C reaches the launcher only, which stops things in order.
    detached: process.platform !== 'win32',
  });
}
