import { stateOptionInvalid } from './errors.ts';
import { type Concurrency, type Consistency, maxTtlSeconds } from './state-store.ts';

/** How a write is to be done, as the wire spells it. Empty means not given. */
export interface WriteOptions {
  readonly concurrency?: string;
  readonly consistency?: string;
}

type Metadata = Readonly<Record<string, string>> | undefined;

export function concurrencyOf(options: WriteOptions | undefined): Concurrency | undefined {
  const value = options?.concurrency;
  if (value === undefined || value === '') return undefined;
  if (value === 'first-write' || value === 'last-write') return value;
  throw stateOptionInvalid(`unrecognized concurrency model '${value}'`);
}

export function consistencyOf(options: WriteOptions | undefined): Consistency | undefined {
  const value = options?.consistency;
  if (value === undefined || value === '') return undefined;
  if (value === 'eventual' || value === 'strong') return value;
  throw stateOptionInvalid(`unrecognized consistency model '${value}'`);
}

/** Upstream does not look at the options of a deletion in a transaction: a word it does not know counts for nothing there. */
export function knownOptions({ concurrency = '', consistency = '' }: WriteOptions = {}): WriteOptions {
  return {
    concurrency: /^(first|last)-write$/.test(concurrency) ? concurrency : '',
    consistency: /^(eventual|strong)$/.test(consistency) ? consistency : '',
  };
}

/** Undefined when the value shall not expire, which is also what 0 and -1 say. */
export function ttlSecondsOf(metadata: Metadata): number | undefined {
  const value = metadata?.['ttlInSeconds'];
  if (value === undefined || value === '') return undefined;
  const invalidTtl = (why: string): never => {
    throw stateOptionInvalid(`error parsing TTL: incorrect value for metadata 'ttlInSeconds': ${why}`);
  };
  if (!/^[+-]?\d+$/.test(value)) return invalidTtl(`"${value}" is not an integer`);
  const seconds = Number(value);
  if (seconds < -1) return invalidTtl('must be -1 or greater');
  if (seconds > maxTtlSeconds) return invalidTtl(`must be ${maxTtlSeconds} or less`);
  return seconds > 0 ? seconds : undefined;
}
