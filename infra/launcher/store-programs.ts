import { join } from 'node:path';
import { StartError } from '../servers/server.ts';
import { configurationFailure } from './configuration-failure.ts';
import type { Folders } from './folders.ts';
import { type Reaper, startReaper } from './reaper.ts';
import { type Started, runningFileWriter } from './running-file.ts';
import type { Secrets } from './secrets.ts';
import { type ProgramSpec, type Supervised, supervise, type Watcher } from './supervised.ts';
import type { Terminal } from './terminal.ts';
import type { FolderWatch } from './watch-folders.ts';

export interface StoreProgramsOptions {
  readonly folders: Folders;
  readonly secrets: Secrets;
  readonly progress: Pick<Terminal, 'log' | 'print'>;
  /** A program was given a wrong setting, and would exit again and again: only before `open`. */
  readonly onConfigurationFailure: (failure: StartError) => void;
}

/** The programs of one store, from the first start until all are stopped, and the file that names them. */
export class StorePrograms {
  readonly #options: StoreProgramsOptions;
  readonly #running: Supervised[] = [];
  readonly #watches: FolderWatch[] = [];
  readonly #reaper: Reaper;
  readonly #record: ReturnType<typeof runningFileWriter>;
  #isOpen = false;
  #stopped: Promise<void> | undefined;

  constructor(options: StoreProgramsOptions) {
    this.#options = options;
    this.#reaper = startReaper();
    this.#record = runningFileWriter(options.folders, this.#running, options.secrets);
    this.#record.write();
  }

  get running(): readonly Supervised[] {
    return this.#running;
  }

  run(spec: ProgramSpec): void {
    // A start that failed elsewhere is stopping everything: a program started now would be left running.
    if (this.#stopped) throw new StartError(`${spec.name} was not started: the store is stopping.`, 'Start it again.');
    const logFile = join(this.#options.folders.logs, `${spec.name.replaceAll('/', '-')}.log`);
    const program = supervise(spec, logFile, this.#reaper, this.#watcher);
    this.#running.push(program);
    program.start();
  }

  /** Writes what was started to `running.json`. */
  record(started: Started): void {
    this.#record.write(started);
  }

  /** All programs respond. */
  open(): void {
    this.#record.write();
    this.#isOpen = true;
  }

  /** Ends with the programs. */
  watch(watch: FolderWatch): void {
    this.#watches.push(watch);
  }

  restarted(names: readonly string[], files: readonly string[]): void {
    this.#options.progress.print(`restarted after a change of ${summarize(files)}: ${names.join(', ')}`);
    this.#record.write();
  }

  stop(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  /** Services first, then their sidecars (a sidecar drains the requests of its app), then the servers. */
  async #stopAll(): Promise<void> {
    const stop = (pick: (name: string) => boolean): Promise<unknown> =>
      Promise.all(this.#running.filter(({ name }) => pick(name)).map((program) => program.stop(stopLimitMs)));
    const isServer = (name: string): boolean => ['postgres', 'nats'].includes(name);
    const isSidecar = (name: string): boolean => name.endsWith('/sidecar');
    await stop((name) => !isServer(name) && !isSidecar(name));
    await stop(isSidecar);
    await stop(isServer);
    this.#record.remove();
    this.#reaper.close();
  }

  readonly #watcher: Watcher = {
    // While all programs are being stopped, their messages about each other are only in their logs.
    onLine: (name, text) => this.#stopped !== undefined || this.#options.progress.log(name, text),
    onExit: (name, how, delayMs, lastLines, code) => {
      const { progress, onConfigurationFailure } = this.#options;
      const failure = this.#isOpen ? undefined : configurationFailure(name, code, lastLines);
      if (failure) return onConfigurationFailure(failure);
      if (delayMs === undefined) return progress.print(`${name} ${how}; it is restarted when its source changes`);
      progress.print(`${name} ${how}; restarting it in ${delayMs} ms`);
      if (how.includes('code')) for (const line of lastLines.slice(-3)) progress.print(`    ${line}`);
    },
    onRestart: (name, pid) => {
      this.#options.progress.print(`${name} runs again as pid ${pid}`);
      this.#record.write();
    },
  };
}

const stopLimitMs = 1500;

const summarize = ([first = '', ...more]: readonly string[]): string =>
  more.length === 0 ? first : `${first} and ${more.length} more`;
