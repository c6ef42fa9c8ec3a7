import type { ComponentContext } from './component.ts';
import { parseGoDuration } from './duration.ts';
import { type RuntimeError, defineError } from './errors.ts';

/** Metadata of a component that is missing or invalid. The text names the component, the entry and the fix. */
export const componentSettingInvalid = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  (component: string, problem: string) => `component ${component}: ${problem}`,
);

export interface SettingsOptions {
  /** The unit of a duration without a unit. Without it such a duration is invalid. */
  readonly bareDuration?: 'milliseconds' | 'seconds';
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Reads the metadata of a component by documented names; case does not matter. An empty entry counts as not set. All methods
 * throw `componentSettingInvalid`.
 */
export interface SettingsReader {
  text(entry: string, fallback?: string): string;
  /** The same for a credential: errors about the entry do not contain its value. */
  secret(entry: string): string;
  /** `hint` ends the sentence "… is missing," such as "such as localhost:6379". */
  required(entry: string, hint: string): string;
  /** The same with the text of upstream's components. */
  requiredProperty(entry: string): string;
  boolean(entry: string, fallback: boolean): boolean;
  /** As upstream, which takes any text but a few for false. */
  isTruthy(entry: string): boolean;
  integer(entry: string, fallback: number, range?: Range): number;
  /** Milliseconds; undefined when it is not set. A negative duration is invalid unless `min` allows it. */
  duration(entry: string, range?: Pick<Range, 'min'>): number | undefined;
  /** Several, separated by commas. */
  durations(entry: string): readonly number[];
  /** Case does not matter; the choices are lower case. */
  oneOf<Choice extends string>(entry: string, choices: readonly Choice[], fallback: Choice): Choice;
  /** An `http` or `https` URL. */
  httpUrl(entry: string, fallback?: string): string;
  /** Two entries that are set both or neither. */
  pair(first: string, second: string): readonly [string, string] | undefined;
  /** The first of several names that is set, else the first one: for entries with older names. */
  nameOf(...entries: readonly [string, ...string[]]): string;
  /** For errors of the caller's own checks. */
  invalid(entry: string, expected: string): RuntimeError;
  missing(entry: string, hint: string): RuntimeError;
}

/** Undefined for any other text. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(y|yes|t|true|on|1)$/i.test(text.trim())) return true;
  return /^(n|no|f|false|off|0)$/i.test(text.trim()) ? false : undefined;
}

export function settingsReader(
  { metadata, name }: Pick<ComponentContext, 'metadata' | 'name'>,
  { bareDuration }: SettingsOptions = {},
): SettingsReader {
  const secrets = new Set<string>();
  const text = (entry: string, fallback = ''): string => metadata[entry.toLowerCase()] || fallback;
  const problem = (words: string): RuntimeError => componentSettingInvalid(name, words);
  const missing = (entry: string, hint: string): RuntimeError => problem(`${entry} is missing, ${hint}`);
  const invalid = (entry: string, expected: string): RuntimeError =>
    problem(`${entry} is ${secrets.has(entry) ? 'invalid' : `'${text(entry)}'`}, it should be ${expected}`);

  const durationOf = (entry: string, value: string, min = 0): number => {
    const isBare = bareDuration !== undefined && /^[+-]?\d+$/.test(value);
    const ms = isBare ? Number(value) * (bareDuration === 'seconds' ? 1000 : 1) : parseGoDuration(value);
    if (ms === undefined || ms < min)
      throw invalid(entry, `a duration such as 30s${bareDuration === undefined ? '' : `, or ${bareDuration}`}`);
    return ms;
  };

  return {
    text,
    invalid,
    missing,
    secret(entry) {
      secrets.add(entry);
      return text(entry);
    },
    required(entry, hint) {
      if (text(entry) === '') throw missing(entry, hint);
      return text(entry);
    },
    requiredProperty(entry) {
      if (text(entry) === '') throw problem(`metadata property '${entry}' is required`);
      return text(entry);
    },
    boolean(entry, fallback) {
      if (text(entry) === '') return fallback;
      const value = parseBoolean(text(entry));
      if (value === undefined) throw invalid(entry, 'true or false');
      return value;
    },
    isTruthy: (entry) => parseBoolean(text(entry)) === true,
    integer(entry, fallback, { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {}) {
      if (text(entry) === '') return fallback;
      const value = Number(text(entry));
      if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
      throw invalid(entry, integerIn(min, max));
    },
    duration: (entry, { min } = {}) => (text(entry) === '' ? undefined : durationOf(entry, text(entry), min)),
    durations: (entry) =>
      text(entry)
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => durationOf(entry, part)),
    oneOf<Choice extends string>(entry: string, choices: readonly Choice[], fallback: Choice): Choice {
      const value = text(entry).toLowerCase();
      if (value === '') return fallback;
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined) throw invalid(entry, `one of ${choices.join(', ')}`);
      return choice;
    },
    httpUrl(entry, fallback) {
      const value = text(entry, fallback);
      if (value === '') throw missing(entry, 'set it to an http:// or https:// URL');
      if (!URL.canParse(value) || !/^https?:/.test(value)) throw invalid(entry, 'an http:// or https:// URL');
      return value;
    },
    pair(first, second) {
      const values = [text(first), text(second)] as const;
      if (values[0] === '' && values[1] === '') return undefined;
      if (values[0] === '' || values[1] === '') throw problem(`${first} and ${second} must be set together`);
      return values;
    },
    nameOf: (...entries) => entries.find((entry) => text(entry) !== '') ?? entries[0],
  };
}

function integerIn(min: number, max: number): string {
  if (max !== Number.MAX_SAFE_INTEGER) return `an integer from ${min} to ${max}`;
  return min === Number.MIN_SAFE_INTEGER ? 'an integer' : `an integer from ${min}`;
}
