import { folderOption } from './launcher/command-line.ts';
import { type DeadLettersOptions, readDeadLettersOptions, runDeadLetters, UsageError } from './operate/dead-letters.ts';
import { findStores } from './operate/find-store.ts';
import { staffApi } from './operate/staff-api.ts';
import { StartError } from './servers/server.ts';

/** The order service: of `--url`, of the container that this runs in, or of the store that npm start runs. */
function orderService(
  { url, token, home }: DeadLettersOptions,
  env: NodeJS.ProcessEnv,
): { url: string; token: string } {
  const inContainer = env.APP_PORT ? `http://127.0.0.1:${env.APP_PORT}` : undefined;
  const explicitUrl = url ?? inContainer;
  if (explicitUrl !== undefined) {
    const staffToken = token ?? env.STAFF_TOKEN;
    if (!URL.canParse(explicitUrl)) throw new UsageError(`--url ${explicitUrl} is not a URL.`);
    if (!staffToken) throw new UsageError('--url needs --token, or STAFF_TOKEN in the environment.');
    return { url: explicitUrl, token: staffToken };
  }
  const store = findStores(folderOption('--home', home)).find(({ isRunning }) => isRunning);
  const orderUrl = store?.running.urls.order;
  if (!store || !orderUrl)
    throw new StartError(
      home === undefined ? 'No store of this folder is running.' : `No store is running in ${home}.`,
      `Start it (npm start${home === undefined ? '' : ` -- --home ${home}`}), name its folder with --home, or give --url and --token.`,
    );
  return { url: orderUrl, token: token ?? store.running.staffToken };
}

try {
  const options = readDeadLettersOptions(process.argv.slice(2));
  const service =
    options.command === 'help' ? { url: 'http://127.0.0.1', token: '' } : orderService(options, process.env);
  process.exitCode = await runDeadLetters(options, staffApi(service), (text) => process.stdout.write(`${text}\n`));
} catch (cause) {
  if (!(cause instanceof StartError)) throw cause;
  process.stderr.write(`✗ ${cause.message}\n  Fix: ${cause.fix}\n`);
  process.exitCode = cause instanceof UsageError ? 2 : 1;
}
