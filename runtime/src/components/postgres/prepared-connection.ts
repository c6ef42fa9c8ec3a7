import type { Connection } from './connection.ts';

/** Runs `task` until it has succeeded once; concurrent callers share one run. */
export function onceDone(task: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= task().catch((cause: unknown) => {
      done = undefined;
      throw cause;
    });
    return done;
  };
}

/** Runs statements on `connection` after `ready`, such as a migration. */
export function whenReady(ready: () => Promise<void>, connection: Connection): Connection {
  return {
    async run(statement, parameters) {
      await ready();
      return connection.run(statement, parameters);
    },
    transaction: (work) => connection.transaction(work),
    close: () => connection.close(),
  };
}
