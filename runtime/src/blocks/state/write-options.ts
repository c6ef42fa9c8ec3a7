import { stateOptionInvalid } from './errors.ts';
import type { Concurrency, Consistency } from './state-store.ts';

/** How a write is to be done, as the wire spells it. Empty means not given. */
export interface WriteOptions {
  readonly concurrency?: string;
  readonly consistency?: string;
}

type Metadata = Readonly<Record<string, string>> | undefined;

export function concurrencyOf(options: WriteOptions | undefined): Concurrency | undefined {
  const given = options?.concurrency;
  if (given === undefined || given === '') return undefined;
  if (given === 'first-write' || given === 'last-write') return given;
  throw stateOptionInvalid(`unrecognized concurrency model '${given}'`);
}

export function consistencyOf(options: WriteOptions | undefined): Consistency | undefined {
  const given = options?.consistency;
  if (given === undefined || given === '') return undefined;
  if (given === 'eventual' || given === 'strong') return given;
  throw stateOptionInvalid(`unrecognized consistency model '${given}'`);
}

/** Upstream does not look at the options of a deletion in a transaction: a word it does not know counts for nothing there. */
export function knownOptions({ concurrency = '', consistency = '' }: WriteOptions = {}): WriteOptions {
  return {
    concurrency: /^(first|last)-write$/.test(concurrency) ? concurrency : '',
    consistency: /^(eventual|strong)$/.test(consistency) ? consistency : '',
  };
}

/** 317 years: what is longer would overflow the timestamps of some stores. */
export const longestTtlSeconds = 9_999_999_999;

/** Undefined when the value shall not expire, which is also what 0 and -1 say. */
export function ttlSecondsOf(metadata: Metadata): number | undefined {
  const given = metadata?.['ttlInSeconds'];
  if (given === undefined || given === '') return undefined;
  const refuse = (why: string): never => {
    throw stateOptionInvalid(`error parsing TTL: incorrect value for metadata 'ttlInSeconds': ${why}`);
  };
  if (!/^[+-]?\d+$/.test(given)) return refuse(`"${given}" is not an integer`);
  const seconds = Number(given);
  if (seconds < -1) return refuse('must be -1 or greater');
  if (seconds > longestTtlSeconds) return refuse(`must be ${longestTtlSeconds} or less`);
  return seconds > 0 ? seconds : undefined;
}
