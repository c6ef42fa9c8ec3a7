import type { Client } from '@grpc/grpc-js';

/** Servers commonly allow no more concurrent calls than this on one connection; further calls would wait there. */
const maxCallsPerConnection = 100;

export interface ClientPool {
  /** A client with room for a call. Call `release` once, when the call has ended. */
  acquire(): { readonly client: Client; readonly release: () => void };
  close(): void;
}

/** One connection to an app, and more while there are more calls than one connection can carry. */
export function clientPool(connect: () => Client): ClientPool {
  const first = { client: connect(), calls: 0 };
  const open = [first];
  return {
    acquire() {
      let member = open.find(({ calls }) => calls < maxCallsPerConnection);
      if (!member) open.push((member = { client: connect(), calls: 0 }));
      const acquired = member;
      acquired.calls++;
      return {
        client: acquired.client,
        release() {
          acquired.calls--;
          if (acquired.calls > 0 || acquired === first) return;
          open.splice(open.indexOf(acquired), 1);
          acquired.client.close();
        },
      };
    },
    close() {
      for (const { client } of open) client.close();
    },
  };
}
