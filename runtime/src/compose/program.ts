import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { RuntimeError, textOf } from '#core/errors.ts';
import { systemChance } from '#host/chance.ts';
import { systemClock } from '#host/clock.ts';
import { readConfig } from '#host/config.ts';
import { parseFlags, usageText } from '#host/flags.ts';
import type { Flags } from '#host/flags.ts';
import type { HeldPorts } from '#host/held-ports.ts';
import { processMemory, returnIdleMemory } from '#host/idle-memory.ts';
import { processLog } from '#host/log.ts';
import type { ProcessLog } from '#host/log.ts';
import { boundNursery } from '#host/nursery.ts';
import { exitAfterOutput, surviveClosedOutput } from '#host/process-exit.ts';
import { watchSignals } from '#host/signals.ts';
import { wireVersion } from '#host/version.ts';
import { waitForSidecar } from '#host/wait-for-sidecar.ts';

const clock = systemClock();
const { env } = process;

/** What `main.ts` runs, from source or as a bundle: a sidecar by the flags, or the answer to `--help` and its kind. */
export async function runProgram(args: readonly string[], heldPorts: HeldPorts): Promise<void> {
  // What requests leave behind dies young. Without it the engine takes 64 MB for that and never gives them back; measured,
  // a request costs the same processor time either way.
  setFlagsFromString('--semi-space-growth-factor=1');
  surviveClosedOutput();
  const flags = flagsOrExit(args);
  if (flags.isOn('help')) process.stdout.write(usageText());
  else if (flags.isOn('version')) process.stdout.write(`${wireVersion}\n`);
  else if (flags.isOn('build-info')) process.stdout.write(`Version: ${wireVersion}\nGit Commit: \nGit Version: \n`);
  else if (flags.isOn('wait')) exitAfterOutput((await waitForSidecar(clock, flags.text('dapr-http-port'))) ? 0 : 1);
  else await run(flags, heldPorts);
}

function logFor(
  flags: Flags,
  options: { appId: string; level: Parameters<typeof processLog>[0]['level'] },
): ProcessLog {
  return processLog({
    ...options,
    asJson: flags.isOn('log-as-json'),
    instance: hostname(),
    version: wireVersion,
    now: () => clock.now(),
    write: (line) => void process.stdout.write(line),
  });
}

/** The answer to who asked for a forced stop still goes out. */
const answerFlushMs = 100;

async function run(flags: Flags, heldPorts: HeldPorts): Promise<void> {
  let log = logFor(flags, { appId: flags.text('app-id'), level: 'info' });
  try {
    const config = readConfig(flags, env);
    log = logFor(flags, { appId: config.appId, level: config.log.level });
    log.info({}, `Starting Outrigger -- wire version ${wireVersion}`);
    for (const { flag, reason } of flags.idle) log.debug({}, `--${flag} has no effect: ${reason}`);
    const { createSidecar } = await import('../sidecar.ts');
    const onShutdown = ({ isForced }: { isForced: boolean }): void => {
      if (!isForced) {
        log.info({}, 'Shutdown requested via API');
        return stop('shutdown request');
      }
      log.warn({}, 'Force shutdown requested, exiting immediately without graceful shutdown');
      clock.after(answerFlushMs, () => exitAfterOutput(1));
    };
    const onReload = (reason: string): void => reload(reason);
    const onFatal = (cause: unknown): void => {
      isStopping = true;
      const end = (): void => fatal(log, cause);
      sidecar.stop().then(end, end);
    };
    const world = { clock, chance: systemChance(), log, env, heldPorts, onShutdown, onReload, onFatal };
    let sidecar = createSidecar(config, world);
    let isReplacing = false;
    let isStopping = false;
    const replace = async (): Promise<void> => {
      await sidecar.stop();
      if (isStopping) return;
      sidecar = createSidecar(config, world);
      await sidecar.start();
    };
    const reload = (reason: string): void => {
      if (isReplacing || isStopping) return;
      isReplacing = true;
      log.info({}, `Received ${reason}; reloading configuration and resources`);
      replace().then(
        () => (isReplacing = false),
        (cause: unknown) => fatal(log, cause),
      );
    };
    const stop = (reason: string): void => {
      isStopping = true;
      log.info({}, `Received ${reason}; beginning shutdown`);
      sidecar.stop().then(
        () => {
          log.info({}, 'Daprd shutdown gracefully');
          exitAfterOutput(0);
        },
        (cause: unknown) => fatal(log, cause),
      );
    };
    watchSignals(
      {
        stop: (signal) => stop(`signal '${signal}'`),
        reload: () => reload("signal 'SIGHUP'"),
        kill: () => process.exit(1),
      },
      { clock, followsParent: env['OUTRIGGER_EXIT_WITH_PARENT'] === '1' },
    );
    await sidecar.start();
    boundNursery();
    returnIdleMemory(clock, processMemory());
  } catch (cause) {
    fatal(log, cause);
  } finally {
    heldPorts.close();
  }
}

function fatal(log: ProcessLog, cause: unknown): void {
  const facts =
    cause instanceof RuntimeError
      ? { reason: cause.cause && !cause.message.includes(textOf(cause.cause)) ? textOf(cause.cause) : undefined }
      : { stack: cause instanceof Error ? cause.stack : undefined };
  log.fatal(facts, `Fatal error from runtime: ${textOf(cause)}`);
  exitAfterOutput(1);
}

function flagsOrExit(args: readonly string[]): Flags {
  try {
    return parseFlags(args);
  } catch (cause) {
    process.stderr.write(`${textOf(cause)}\nRun with --help to see all flags.\n`);
    process.exit(2);
  }
}
