import { randomBytes, randomUUID } from 'node:crypto';
import type { Random, Clock, DaprClient } from '@outrigger/sdk';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** The dependencies of a service. */
export interface ServiceContext {
  /** The app id. */
  readonly name: string;
  /** The process's environment; required variables are read with `required`. */
  readonly env: Environment;
  readonly client: DaprClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Environment {
  /** Throws with the variable's name when it is not set. */
  required(name: string): string;
  optional(name: string): string | undefined;
  /** A number of seconds, fractions allowed; throws when it is set to something else. */
  seconds(name: string, fallback: number): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** From a cryptographic source: values become order numbers and tokens. */
export const systemRandom: Random = {
  random: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  uuid: () => randomUUID(),
};

/** The environment is invalid: a restart with the same one cannot help. */
export class ConfigurationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigurationError';
  }
}

/** EX_CONFIG of sysexits.h: how a program ends that cannot start with its configuration. */
export const configurationExitCode = 78;

export function environment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const optional = (name: string): string | undefined => variables[name] || undefined;
  return {
    optional,
    required(name) {
      const value = optional(name);
      if (value === undefined) throw new ConfigurationError(`${name} is not set`);
      return value;
    },
    seconds(name, fallback) {
      const value = optional(name);
      if (value === undefined) return fallback;
      const seconds = Number(value);
      if (!Number.isFinite(seconds) || seconds < 0)
        throw new ConfigurationError(`${name} is ${value}. Set it to a number of seconds, such as ${fallback}.`);
      return seconds;
    },
  };
}

/** Resolves after `delayMs`. */
export const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => void clock.after(delayMs, resolve));
