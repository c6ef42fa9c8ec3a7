import { textOf } from '#core/errors.ts';
import type { AppTransport } from './app-exchange.ts';

/** A transport that is loaded at its first request: most apps never need it, and its library takes 5 MB. */
export function lazyTransport(load: () => Promise<AppTransport>): AppTransport {
  let loading: Promise<AppTransport> | undefined;
  return {
    dispatch(exchange, request) {
      loading ??= load();
      loading
        .then((transport) => transport.dispatch(exchange, request))
        .catch((cause: unknown) =>
          exchange.connectionFailed(cause instanceof Error ? cause : new Error(textOf(cause))),
        );
    },
    async close() {
      await loading?.then(
        (transport) => transport.close(),
        // a transport that failed to load need not be closed; its callers got the error
        () => {},
      );
    },
  };
}
