import type { DaprRpcs } from './server.ts';

/** `shutdown` asks the process to stop and returns at once; `isForced` leaves no time for work under way. */
export function shutdownRpcs(shutdown: (options: { readonly isForced: boolean }) => void) {
  return {
    async shutdown(_call, _message, { metadata }) {
      const [force] = metadata.get('dapr-force-shutdown');
      // this answer still goes out: it is work under way
      shutdown({ isForced: String(force).toLowerCase() === 'true' });
      return {};
    },
  } satisfies DaprRpcs;
}
