import { ConfigurationError } from '@tidewater/kit/service-context.ts';
import type { Environment } from '@tidewater/kit/service-context.ts';

/** A secret from the environment. There is no default: a secret that everybody knows is none. */
export function requiredSecret(env: Environment, name: string): string {
  const value = env.optional(name);
  if (value === undefined)
    throw new ConfigurationError(
      `${name} is not set. Set it to a long random text, the same for each program that uses it; npm start makes one.`,
    );
  return value;
}
