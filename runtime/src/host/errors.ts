import { defineError } from '#core/errors.ts';

const invalidArgument = { http: 400, grpc: 'InvalidArgument' } as const;

/** The command line is invalid: exit code 2, as the reference sidecar. */
export const usageInvalid = defineError({ code: 'ERR_USAGE', ...invalidArgument }, (reason: string) => reason);

/** A flag or an environment variable has an invalid value. */
export const configInvalid = defineError({ code: 'ERR_CONFIG', ...invalidArgument }, (reason: string) => reason);

/** A resource file is invalid. `location` is `file:line`. */
export const resourceInvalid = defineError(
  { code: 'ERR_RESOURCE', ...invalidArgument },
  (location: string, reason: string) => `${location}: ${reason}`,
);

/** Several components share a name. */
export const duplicateComponents = defineError(
  { code: 'ERR_DUPLICATE_COMPONENTS', ...invalidArgument },
  (reason: string) => reason,
);

export const portInUse = defineError(
  { code: 'ERR_PORT_TAKEN', http: 500, grpc: 'Unavailable' },
  (what: string, address: string, flag: string) =>
    `${what} cannot listen on ${address}: another process holds that ${address.startsWith('/') ? 'socket' : 'port'}. Stop it or choose another with --${flag}`,
);

export const listenFailed = defineError(
  { code: 'ERR_LISTEN', http: 500, grpc: 'Unavailable' },
  (what: string, address: string, reason: string) => `${what} cannot listen on ${address}: ${reason}`,
);
