import { helpText } from './launcher/command-line.ts';
import { readOptions } from './launcher/options.ts';
import { type RunningStore, startStore } from './launcher/store.ts';
import { terminal } from './launcher/terminal.ts';
import { StartError } from './servers/server.ts';

const startedAt = Date.now() - Math.round(process.uptime() * 1000);
const stopping = new AbortController();
let store: RunningStore | undefined;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(helpText('start'));
    return 0;
  }
  const progress = terminal(process.stdout, { verbose: options.verbose, startedAt });
  const stopped = new Promise<void>((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  store = await startStore(options, progress, stopping.signal);
  progress.plain(`\n  Tidewater Outfitters is open after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.\n`);
  const { apps, folders, storefrontUrl } = store;
  const names = apps.filter(({ sidecar }) => sidecar).map(({ program }) => `${program.app} sidecar`);
  const width = Math.max(...names.map((name) => name.length), 'Tokens'.length) + 2;
  const row = (name: string, what: string): void => progress.plain(`    ${name.padEnd(width)}${what}`);
  row('Shop', storefrontUrl);
  for (const { program, sidecar } of apps)
    if (sidecar) row(`${program.app} sidecar`, `http://127.0.0.1:${sidecar.httpPort}`);
  if (options.watch) for (const { program, url } of apps) row(`${program.app} API`, `${url}/docs`);
  row('Tokens', `${folders.runningFile} (how to call a sidecar: docs/operate.md)`);
  row('Logs', `${folders.logs}\n\n  Ctrl-C stops everything.\n`);
  await stopped;
  const begun = Date.now();
  progress.plain('\n  Stopping …');
  await store.stop();
  progress.plain(`  Stopped in ${((Date.now() - begun) / 1000).toFixed(1)} s; nothing is left running.`);
  return 0;
}

/** The parent is npm's or a test's process: without it nothing would stop this one. */
function exitWithParent(): void {
  if (process.env.OUTRIGGER_EXIT_WITH_PARENT !== '1') return;
  const parent = process.ppid;
  setInterval(
    () => process.ppid !== parent && stopping.abort(new StartError('The program that started this has exited.', '')),
    500,
  ).unref();
}

// Ctrl-C reaches a whole process group, so one press arrives more than once: from the terminal and from parent processes.
const samePressMs = 1000;
let firstSignalAt: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (firstSignalAt !== undefined && Date.now() - firstSignalAt > samePressMs) process.exit(130);
    firstSignalAt ??= Date.now();
    stopping.abort(new StartError(`Stopped by ${signal} while starting.`, 'Start it again.'));
  });
}
exitWithParent();

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof StartError)
      terminal(process.stdout, { verbose: false, startedAt }).problem(error.message, error.fix);
    else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
