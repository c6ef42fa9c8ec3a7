import { defineError } from '#core/errors.ts';

const refused = { http: 400, grpc: 'InvalidArgument' } as const;

/** The command line cannot be understood: exit code 2, as the reference sidecar does. */
export const usageRefused = defineError({ code: 'ERR_USAGE', ...refused }, (reason: string) => reason);

/** A flag or an environment variable has a value that cannot be used. */
export const configRefused = defineError({ code: 'ERR_CONFIG', ...refused }, (reason: string) => reason);

/** A resource file cannot be used. `place` is `file:line`. */
export const resourceRefused = defineError(
  { code: 'ERR_RESOURCE', ...refused },
  (place: string, reason: string) => `${place}: ${reason}`,
);

/** Nobody can say which of the components that share a name is meant. */
export const duplicateComponents = defineError(
  { code: 'ERR_DUPLICATE_COMPONENTS', ...refused },
  (reason: string) => reason,
);

export const portTaken = defineError(
  { code: 'ERR_PORT_TAKEN', http: 500, grpc: 'Unavailable' },
  (what: string, address: string, flag: string) =>
    `${what} cannot listen on ${address}: another process holds that ${address.startsWith('/') ? 'socket' : 'port'}. Stop it or choose another with --${flag}`,
);

export const listenFailed = defineError(
  { code: 'ERR_LISTEN', http: 500, grpc: 'Unavailable' },
  (what: string, address: string, reason: string) => `${what} cannot listen on ${address}: ${reason}`,
);
