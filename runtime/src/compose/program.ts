import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { RuntimeError, textOf } from '#core/errors.ts';
import { systemRandom } from '#host/process/random.ts';
import { systemClock } from '#host/process/clock.ts';
import { readConfig } from '#host/config/config.ts';
import { parseFlags, usageText } from '#host/config/flags.ts';
import type { Flags } from '#host/config/flags.ts';
import type { ReservedPorts } from '#host/process/reserved-ports.ts';
import { processMemory, releaseIdleMemory } from '#fast/idle-memory.ts';
import { processLog } from '#host/process/log.ts';
import type { ProcessLog } from '#host/process/log.ts';
import { limitYoungGeneration } from '#fast/young-generation.ts';
import { exitAfterOutput, surviveClosedOutput } from '#host/process/process-exit.ts';
import { watchSignals } from '#host/process/signals.ts';
import { daprVersion } from '#host/process/version.ts';
import { waitForSidecar } from '#host/process/wait-for-sidecar.ts';

const clock = systemClock();
const { env } = process;

/**
 * The program that `main.ts` runs, from source or as a bundle: a sidecar by the flags, or the output of `--help` and
 * similar flags.
 */
export async function runProgram(args: readonly string[], reservedPorts: ReservedPorts): Promise<void> {
  // Garbage of requests is short-lived. By default V8 reserves 64 MB for it and never returns them; measured, the
  // processor time per request is the same either way.
  setFlagsFromString('--semi-space-growth-factor=1');
  surviveClosedOutput();
  const flags = flagsOrExit(args);
  if (flags.isOn('help')) process.stdout.write(usageText());
  else if (flags.isOn('version')) process.stdout.write(`${daprVersion}\n`);
  else if (flags.isOn('build-info')) process.stdout.write(`Version: ${daprVersion}\nGit Commit: \nGit Version: \n`);
  else if (flags.isOn('wait')) exitAfterOutput((await waitForSidecar(clock, flags.text('dapr-http-port'))) ? 0 : 1);
  else await run(flags, reservedPorts);
}

function logFor(
  flags: Flags,
  options: { appId: string; level: Parameters<typeof processLog>[0]['level'] },
): ProcessLog {
  return processLog({
    ...options,
    asJson: flags.isOn('log-as-json'),
    instance: hostname(),
    version: daprVersion,
    now: () => clock.now(),
    write: (line) => void process.stdout.write(line),
  });
}

/** Time for the response to a forced shutdown request. */
const responseFlushMs = 100;

async function run(flags: Flags, reservedPorts: ReservedPorts): Promise<void> {
  let log = logFor(flags, { appId: flags.text('app-id'), level: 'info' });
  try {
    const config = readConfig(flags, env);
    log = logFor(flags, { appId: config.appId, level: config.log.level });
    log.info({}, `Starting Outrigger -- Dapr version ${daprVersion}`);
    for (const { flag, reason } of flags.withoutEffect) log.debug({}, `--${flag} has no effect: ${reason}`);
    const { createSidecar } = await import('../sidecar.ts');
    const onShutdown = ({ isForced }: { isForced: boolean }): void => {
      if (!isForced) {
        log.info({}, 'Shutdown requested via API');
        return stop('shutdown request');
      }
      log.warn({}, 'Force shutdown requested, exiting immediately without graceful shutdown');
      clock.after(responseFlushMs, () => exitAfterOutput(1));
    };
    const onReload = (reason: string): void => reload(reason);
    const onFatal = (cause: unknown): void => {
      isStopping = true;
      const end = (): void => fatal(log, cause);
      sidecar.stop().then(end, end);
    };
    const dependencies = { clock, random: systemRandom(), log, env, reservedPorts, onShutdown, onReload, onFatal };
    let sidecar = createSidecar(config, dependencies);
    let isReplacing = false;
    let isStopping = false;
    const replace = async (): Promise<void> => {
      await sidecar.stop();
      if (isStopping) return;
      sidecar = createSidecar(config, dependencies);
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
    limitYoungGeneration();
    releaseIdleMemory(clock, processMemory());
  } catch (cause) {
    fatal(log, cause);
  } finally {
    reservedPorts.close();
  }
}

function fatal(log: ProcessLog, cause: unknown): void {
  const logFields =
    cause instanceof RuntimeError
      ? { reason: cause.cause && !cause.message.includes(textOf(cause.cause)) ? textOf(cause.cause) : undefined }
      : { stack: cause instanceof Error ? cause.stack : undefined };
  log.fatal(logFields, `Fatal error from runtime: ${textOf(cause)}`);
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
