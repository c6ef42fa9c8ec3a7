import { ConfigurationError } from '@tidewater/kit/service-context.ts';
import type { Environment } from '@tidewater/kit/service-context.ts';

/** A secret from the environment, without a default. */
export function requiredSecret(env: Environment, name: string): string {
  const value = env.optional(name);
  if (value === undefined)
    throw new ConfigurationError(
      `${name} is not set. Set it to a long random text, the same for each program that uses it; npm start makes one.`,
    );
  return value;
}
