import { parseArgs } from 'node:util';
import { StartError } from '../servers/server.ts';
import { folderOption } from './command-line.ts';

export interface StartOptions {
  readonly fresh: boolean;
  readonly watch: boolean;
  readonly verbose: boolean;
  /** The storefront's port; undefined takes 8080, or a free one. */
  readonly port?: number;
  /** A folder with daprd, placement and scheduler, to run the store on them. */
  readonly daprd?: string;
  /** Data, logs and `running.json`; undefined means `.outrigger`, or a copy beside it. */
  readonly home?: string;
  readonly help: boolean;
}

export function readOptions(argv: readonly string[]): StartOptions {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        fresh: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        port: { type: 'string' },
        daprd: { type: 'string' },
        home: { type: 'string' },
      },
    });
    return {
      fresh: values.fresh,
      watch: values.watch,
      verbose: values.verbose,
      help: values.help,
      port: values.port === undefined ? undefined : portOf(values.port),
      daprd: folderOption('--daprd', values.daprd),
      home: folderOption('--home', values.home),
    };
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(
      cause instanceof Error ? (cause.message.split('. ')[0] ?? cause.message) : String(cause),
      'npm start -- --help lists the options.',
    );
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new StartError(`--port ${text} is not a port.`, 'Give a number from 1 to 65535.');
  return port;
}
