import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs, type ParseArgsOptionDescriptor } from 'node:util';
import { StartError } from '../servers/server.ts';
import { root } from './folders.ts';

type Options = Readonly<Record<string, ParseArgsOptionDescriptor>>;
/** The result of `parseArgs` for such options. */
type Values<T extends Options> = { readonly [Name in keyof T]: ValueOf<T[Name]> };
type ValueOf<T extends ParseArgsOptionDescriptor> =
  | (T extends { multiple: true } ? readonly string[] : T extends { type: 'boolean' } ? boolean : string)
  | (T extends { default: unknown } ? never : undefined);

/** The options of `npm run NAME -- …`; throws a `StartError` that points to `--help` for an unknown one. */
export function readCommandLine<const T extends Options>(
  name: string,
  argv: readonly string[],
  options: T,
): Values<T> & { readonly help?: boolean } {
  try {
    const all: Options = { ...options, help: { type: 'boolean' } };
    return parseArgs({ args: [...argv], options: all }).values as Values<T>;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(
      `${message.split('. ')[0]}.`.replace(/\.\.$/, '.'),
      `npm run ${name} -- --help lists the options.`,
    );
  }
}

/**
 * The text of `--help`, by the name of the npm script. It is a file of its own so that infra/bootstrap.mjs can print it on
 * any Node, before anything is installed.
 */
export function helpText(name: string): string {
  return readFileSync(join(root, 'infra/help', `${name.replaceAll(':', '-')}.txt`), 'utf8');
}

/** As `readCommandLine`, for a program: prints the help, or what is wrong, and exits. */
export function optionsOrExit<const T extends Options>(name: string, options: T, helpName = name): Values<T> {
  try {
    const values = readCommandLine(name, process.argv.slice(2), options);
    if (values.help !== true) return values;
    process.stdout.write(helpText(helpName));
  } catch (cause) {
    exitWithError(cause);
  }
  return process.exit(0);
}

/** As `optionsOrExit`, for a program that takes names and no options but `--help`. */
export function argumentsOrExit(name: string, argv = process.argv.slice(2)): readonly string[] {
  const [options, names] = [argv.filter((each) => each.startsWith('-')), argv.filter((each) => !each.startsWith('-'))];
  try {
    if (readCommandLine(name, options, {}).help !== true) return names;
    process.stdout.write(helpText(name));
  } catch (cause) {
    exitWithError(cause);
  }
  return process.exit(0);
}

/**
 * The folder that an option names. An empty text, as of an unset shell variable, would be the current folder: the store
 * would write its data and secrets into the sources.
 */
export function folderOption(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '' || text.includes('\0'))
    throw new StartError(`${option} names no folder.`, `Name one, such as ${option} ./store, or leave ${option} out.`);
  return resolve(text);
}

/** Errors that a person can fix are printed without a stack. */
export function exitWithError(cause: unknown): never {
  if (!(cause instanceof StartError)) throw cause;
  process.stderr.write(`✗ ${cause.message}\n  Fix: ${cause.fix}\n`);
  process.exit(1);
}
