import { parseArgs } from 'node:util';
import { helpText } from '../launcher/command-line.ts';
import { StartError } from '../servers/server.ts';
import { type DeadLetter, type StaffApi } from './staff-api.ts';
import { printable, table } from './table.ts';

export interface DeadLettersOptions {
  readonly command: 'list' | 'show' | 'redrive' | 'discard' | 'help';
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly limit: number;
  readonly json: boolean;
  readonly home?: string;
  readonly url?: string;
  readonly token?: string;
}

/** The command line is wrong: exit code 2. */
export class UsageError extends StartError {
  constructor(message: string) {
    super(message, 'npm run dead-letters -- --help lists the commands.');
  }
}

export function readDeadLettersOptions(argv: readonly string[]): DeadLettersOptions {
  const { values, positionals } = parseArguments(argv);
  const [command, ...ids] = positionals;
  const limit = Number(values.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError(`--limit ${values.limit} is not a number of 1 or more.`);
  const options = { ids, limit, all: values.all ?? false, json: values.json ?? false };
  const target = { home: values.home, url: values.url, token: values.token };
  if (values.help) return { command: 'help', ...options };
  switch (command) {
    case 'list':
      if (ids.length > 0) throw new UsageError(`list takes no ids; got ${ids.join(' ')}.`);
      return { command, ...options, ...target };
    case 'show':
      if (ids.length !== 1) throw new UsageError('show takes one id.');
      return { command, ...options, ...target };
    case 'redrive':
    case 'discard':
      if (ids.length > 0 === options.all) throw new UsageError(`${command} takes ids, or --all for all that are open.`);
      return { command, ...options, ...target };
    case undefined:
      throw new UsageError('A command is missing.');
    default:
      throw new UsageError(`There is no command ${command}.`);
  }
}

function parseArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        all: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
        limit: { type: 'string' },
        home: { type: 'string' },
        url: { type: 'string' },
        token: { type: 'string' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause));
  }
}

/** Runs the command and prints the outcome. Returns the exit code. */
export async function runDeadLetters(
  options: DeadLettersOptions,
  api: StaffApi,
  print: (text: string) => void,
): Promise<number> {
  switch (options.command) {
    case 'help':
      print(helpText('dead-letters'));
      return 0;
    case 'list':
      return list(options, api, print);
    case 'show': {
      const deadLetter = await api.show(options.ids[0] ?? '');
      print(options.json ? jsonOf(deadLetter) : details(deadLetter));
      return 0;
    }
    case 'redrive':
    case 'discard':
      return redriveOrDiscard(options.command, options, api, print);
  }
}

async function list(options: DeadLettersOptions, api: StaffApi, print: (text: string) => void): Promise<number> {
  const state = options.all ? undefined : 'open';
  const { deadLetters } = await api.list({ state, limit: options.limit });
  if (options.json) {
    print(jsonOf(deadLetters));
    return 0;
  }
  if (deadLetters.length === 0) {
    print(options.all ? 'There are no dead letters.' : 'There are no open dead letters.');
    return 0;
  }
  const rows = deadLetters.map((deadLetter) => [
    deadLetter.id,
    deadLetter.state,
    deadLetter.receivedAt?.slice(0, 19).replace('T', ' ') ?? '',
    deadLetter.consumer ?? '',
    deadLetter.eventType ?? deadLetter.topic ?? '',
    deadLetter.orderId ?? '',
    String(deadLetter.attempts ?? ''),
    deadLetter.reason ?? '',
  ]);
  print(table(['id', 'state', 'received (UTC)', 'service', 'event', 'order', 'tries', 'reason'], rows));
  if (deadLetters.length === options.limit) print(`There may be more: --limit ${options.limit * 2}`);
  return 0;
}

async function redriveOrDiscard(
  command: 'redrive' | 'discard',
  options: DeadLettersOptions,
  api: StaffApi,
  print: (text: string) => void,
): Promise<number> {
  const ids = options.all ? await allOpen(api) : [...new Set(options.ids)];
  if (ids.length === 0) {
    print(options.json ? jsonOf({ done: [], failed: [] }) : 'There are no open dead letters.');
    return 0;
  }
  const done: string[] = [];
  const failed: { id: string; reason: string }[] = [];
  for (let at = 0; at < ids.length; at += batch) {
    const result = await api.applyAction(command, ids.slice(at, at + batch));
    done.push(...result.done);
    failed.push(...result.failed);
  }
  if (options.json) print(jsonOf({ done, failed }));
  else {
    print(`${command === 'redrive' ? 'Published again' : 'Discarded'}: ${done.length} of ${ids.length}`);
    for (const { id, reason } of failed) print(`  ${printable(id)}: ${printable(reason)}`);
  }
  return failed.length === 0 ? 0 : 1;
}

const batch = 100;

/** All that are open now, page by page. */
async function allOpen(api: StaffApi): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let before: string | undefined; ;) {
    const page = await api.list({ state: 'open', limit: batch, before });
    ids.push(...page.deadLetters.map(({ id }) => id));
    const next = page.before ?? undefined;
    if (next === undefined || page.deadLetters.length === 0) return ids;
    before = next;
  }
}

/** Each field on a line; an object, such as the message, as JSON below its name. */
function details(deadLetter: DeadLetter): string {
  return Object.entries(deadLetter)
    .map(([name, value]) =>
      typeof value === 'object' && value !== null
        ? `${name}\n${jsonOf(value).replaceAll(/^/gm, '  ')}`
        : `${name.padEnd(14)} ${printable(String(value ?? ''))}`,
    )
    .join('\n');
}

/** JSON escapes what a terminal would interpret as a command, except C1 controls and invisible characters. */
const jsonOf = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replaceAll(
    /[\u007f-\u009f\p{Cf}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
