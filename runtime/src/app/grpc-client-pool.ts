import type { Client } from '@grpc/grpc-js';

/** Servers commonly take no more calls than this on one connection; others would wait there. */
const mostCalls = 100;

export interface ClientPool {
  /** A client with room for a call. `release` once, when the call is over. */
  take(): { readonly client: Client; readonly release: () => void };
  close(): void;
}

/** One connection to an app, and more of them while there are more calls than one can carry. */
export function clientPool(connect: () => Client): ClientPool {
  const first = { client: connect(), calls: 0 };
  const open = [first];
  return {
    take() {
      let member = open.find(({ calls }) => calls < mostCalls);
      if (!member) open.push((member = { client: connect(), calls: 0 }));
      const taken = member;
      taken.calls++;
      return {
        client: taken.client,
        release() {
          taken.calls--;
          if (taken.calls > 0 || taken === first) return;
          open.splice(open.indexOf(taken), 1);
          taken.client.close();
        },
      };
    },
    close() {
      for (const { client } of open) client.close();
    },
  };
}
