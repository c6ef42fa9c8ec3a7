import { usageInvalid } from '../errors.ts';
import { flagTable } from './flag-table.ts';
import type { FlagRow } from './flag-table.ts';

/** The command line's values over the defaults. */
export interface Flags {
  text(name: string): string;
  list(name: string): readonly string[];
  integer(name: string): number;
  isOn(name: string): boolean;
  /** Whether the command line sets it. */
  isSet(name: string): boolean;
  /** Flags that were set and have no effect, each with the reason. */
  readonly withoutEffect: readonly { readonly flag: string; readonly reason: string }[];
}

/**
 * Parses `--flag=value`, `--flag value` and the same with one dash. Throws `usageInvalid` for unknown flags and invalid
 * values.
 */
export function parseFlags(args: readonly string[]): Flags {
  const values = new Map<string, string[]>();
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([A-Za-z][\w-]*)(?:=([^]*))?$/.exec(args[i] ?? '');
    if (!match?.[1]) throw usageInvalid(`unexpected argument: ${args[i]}`);
    const name = match[1];
    const row = Object.hasOwn(flagTable, name) ? flagTable[name] : undefined;
    if (!row) throw usageInvalid(unknownFlag(name));
    const value = match[2] ?? (row.kind === 'boolean' ? 'true' : args[++i]);
    if (value === undefined) throw usageInvalid(`flag needs a value: --${name}`);
    if (!isValid(row, value)) throw usageInvalid(`invalid value "${value}" for --${name}: expected ${expected(row)}`);
    if (row.kind === 'list') values.set(name, [...(values.get(name) ?? []), ...value.split(',').filter(Boolean)]);
    else values.set(name, [value]);
  }
  const withoutEffect = [...values.keys()].flatMap((flag) => {
    const reason = flagTable[flag]?.noEffectReason;
    return reason === undefined || values.get(flag)?.[0] === '' ? [] : [{ flag, reason }];
  });
  const text = (name: string): string => values.get(name)?.[0] ?? flagTable[name]?.default ?? '';
  return {
    text,
    list: (name) => values.get(name) ?? [],
    integer: (name) => Number(text(name)),
    isOn: (name) => trueValues.has(text(name).toLowerCase()),
    isSet: (name) => values.has(name),
    withoutEffect,
  };
}

/** The output of `--help`. */
export function usageText(): string {
  const lines = Object.entries(flagTable).map(([name, row]) => {
    const kind = row.kind === 'boolean' ? '' : ` ${row.kind}`;
    const description = row.noEffectReason ? `${row.description}, no effect: ${row.noEffectReason}` : row.description;
    const fallback = row.default && row.default !== 'false' ? ` (default ${row.default})` : '';
    return `  --${name}${kind}`.padEnd(46) + description + fallback;
  });
  return `Usage: outrigger --app-id NAME [flags]\n\n${lines.join('\n')}\n`;
}

const trueValues = new Set(['true', '1', 't']);
const falseValues = new Set(['false', '0', 'f']);

function isValid(row: FlagRow, value: string): boolean {
  if (row.kind === 'integer') return /^[+-]?\d+$/.test(value);
  if (row.kind === 'boolean') return trueValues.has(value.toLowerCase()) || falseValues.has(value.toLowerCase());
  return true;
}

function expected(row: FlagRow): string {
  return row.kind === 'integer' ? 'an integer' : 'true or false';
}

function unknownFlag(name: string): string {
  const near = Object.keys(flagTable)
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const hint = near && near.distance <= Math.max(2, name.length / 3) ? ` (did you mean --${near.candidate}?)` : '';
  return `unknown flag: --${name}${hint}`;
}

/** The Levenshtein distance of two strings. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
