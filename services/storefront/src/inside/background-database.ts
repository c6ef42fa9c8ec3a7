import { openDatabase } from '@tidewater/kit/database.ts';
import type { Database, DatabaseOptions, Queries } from '@tidewater/kit/database.ts';
import { unavailable } from '@tidewater/kit/problems.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';

export interface BackgroundDatabase {
  /** Throws a 503 problem until the schema is open. */
  readonly queries: () => Queries;
  close(): Promise<void>;
}

const retryMs = 5_000;

/** Opens a schema while the service already serves requests: the storefront starts without Postgres. */
export function openInBackground(
  context: Pick<ServiceContext, 'env' | 'clock' | 'log'>,
  options: DatabaseOptions,
  open: typeof openDatabase = openDatabase,
): BackgroundDatabase {
  const { clock, log } = context;
  let database: Database | undefined;
  let isClosed = false;
  let cancelRetry = (): void => {};

  const tryToOpen = (): void => {
    open(context, options).then(
      async (opened) => {
        if (isClosed) await opened.close().catch(() => {});
        else database = opened;
      },
      (error: unknown) => {
        if (isClosed) return;
        log.error({ event: 'database-unavailable', error }, 'the database could not be opened, retrying');
        cancelRetry = clock.after(retryMs, tryToOpen);
      },
    );
  };
  tryToOpen();

  return {
    queries() {
      if (database === undefined) throw unavailable('The database is not open yet.');
      return database;
    },
    async close() {
      isClosed = true;
      cancelRetry();
      await database?.close();
    },
  };
}
