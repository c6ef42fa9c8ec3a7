import { logLevels } from './log.ts';
import { ConfigurationError } from './service-context.ts';
import type { Environment } from './service-context.ts';

/** Secrets that programs send to each other in headers. */
const headerSecrets = [
  'STAFF_TOKEN',
  'APP_API_TOKEN',
  'DAPR_API_TOKEN',
  'PROVIDER_SECRET_KEY',
  'PROVIDER_PUBLISHABLE_KEY',
] as const;

/** Checks what every service reads; throws with the variable's name and the fix. */
export function checkCommonSettings(env: Environment): void {
  const level = env.optional('LOG_LEVEL');
  if (level !== undefined && !logLevels.includes(level))
    throw new ConfigurationError(`LOG_LEVEL is ${level}. Set it to one of ${logLevels.join(', ')}, or unset it.`);
  for (const name of headerSecrets) {
    const secret = env.optional(name);
    if (secret !== undefined && !/^[\x21-\x7e]+$/.test(secret))
      throw new ConfigurationError(
        `${name} cannot be sent in a header. Set it to visible ASCII characters without spaces.`,
      );
  }
}
