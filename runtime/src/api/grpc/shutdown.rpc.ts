import type { DaprRpcs } from './server.ts';

/** `shutdown` requests the stop of the process and returns immediately; `isForced` leaves no time for running work. */
export function shutdownRpcs(shutdown: (options: { readonly isForced: boolean }) => void) {
  return {
    async shutdown(_call, _message, { metadata }) {
      const [force] = metadata.get('dapr-force-shutdown');
      // this response is still sent: it is running work
      shutdown({ isForced: String(force).toLowerCase() === 'true' });
      return {};
    },
  } satisfies DaprRpcs;
}
