import { stateOptionInvalid } from './errors.ts';
import { type Concurrency, type Consistency, maxTtlSeconds } from './state-store.ts';

/** Options of a write, as the API spells them. Empty means absent. */
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

/** Upstream does not check the options of a deletion in a transaction: unknown values are ignored there. */
export function knownOptions({ concurrency = '', consistency = '' }: WriteOptions = {}): WriteOptions {
  return {
    concurrency: /^(first|last)-write$/.test(concurrency) ? concurrency : '',
    consistency: /^(eventual|strong)$/.test(consistency) ? consistency : '',
  };
}

/** Undefined when the value does not expire, which 0 and -1 mean as well. */
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
