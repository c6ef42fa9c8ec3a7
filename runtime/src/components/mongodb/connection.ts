import { type ClientSession, type Collection, type Db, MongoClient } from 'mongodb';
import type { ComponentContext } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { connectionError, isBrokenSocket, mongoInDoubt, mongoUnavailable, readError, writeError } from './errors.ts';
import type { MongoSettings } from './settings.ts';

/** A state entry in upstream's format. */
export interface StateDocument {
  _id: string;
  /** Strings as JSON text, bytes as text; otherwise the JSON value itself, which queries can search. */
  value?: unknown;
  _etag?: string;
  _ttl?: Date | null;
}

/** Each operation is limited by the operation timeout and rejects with the errors of the state block. */
export interface MongoConnection {
  readonly database: Db;
  readonly collection: Collection<StateDocument>;
  /** False for a single server, which has no transactions. */
  readonly hasTransactions: boolean;
  read<T>(work: () => Promise<T>): Promise<T>;
  /** After the timeout `work` may still be running; the signal is then aborted, and `work` must not start anything more. */
  write<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Runs `run` in one transaction; repeats all of it after a conflict with another client. Only inside `write`. */
  transact(signal: AbortSignal, run: (session: ClientSession) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Long enough for a server to restart or to elect a primary, and less than a component's init timeout. */
const longestSelectionMs = 4000;

/** Rejects when no server can be reached in time, or with the server's reason when it rejects the login. */
export async function connectMongo(context: ComponentContext, settings: MongoSettings): Promise<MongoConnection> {
  const { clock, log, name } = context;
  const { address, operationTimeoutMs } = settings;
  // shorter than the operation timeout, so that the driver's error, which names the reason, comes first
  const selectionMs = Math.min(longestSelectionMs, Math.ceil(operationTimeoutMs * 0.8));
  const client = clientFor(settings, selectionMs, context);
  reportAvailability(client, context, address);

  try {
    const database = client.db(settings.database);
    const hello = await withTimeout(
      clock,
      longestSelectionMs + 500,
      async () => {
        await client.connect();
        return await database.command({ hello: 1 });
      },
      () => mongoUnavailable(address, 'no response'),
    );
    const collection = database.collection<StateDocument>(settings.collection, {
      writeConcern: { w: settings.writeConcern, journal: true },
      readConcern: { level: settings.readConcern },
    });
    // the server removes expired documents up to a minute late: reads filter them
    await collection.createIndex({ _ttl: 1 }, { expireAfterSeconds: 0 });
    const hasTransactions = hello['setName'] !== undefined || hello['msg'] === 'isdbgrid';
    if (!hasTransactions)
      log.info(
        { component: name, server: address },
        'MongoDB is no replica set: transactions are not available, and no actors are stored',
      );
    return { database, collection, hasTransactions, ...operationsOn(client, context, settings) };
  } catch (cause) {
    await client.close().catch(() => {});
    throw connectionError(cause, settings);
  }
}

type Operations = Pick<MongoConnection, 'read' | 'write' | 'transact' | 'close'>;

function operationsOn(
  client: MongoClient,
  { clock }: ComponentContext,
  { address, operationTimeoutMs }: MongoSettings,
): Operations {
  const late = `no response within ${operationTimeoutMs} ms`;
  return {
    read(work) {
      // the driver retries only after its own error types
      const repeated = () => work().catch((cause: unknown) => (isBrokenSocket(cause) ? work() : Promise.reject(cause)));
      const limited = withTimeout(clock, operationTimeoutMs, repeated, () => mongoUnavailable(address, late));
      return limited.catch((cause: unknown) => {
        throw readError(cause, address);
      });
    },
    write: (work) =>
      withTimeout(clock, operationTimeoutMs, work, () => mongoInDoubt(address, late)).catch((cause: unknown) => {
        throw writeError(cause, address);
      }),
    async transact(signal, run) {
      const session = client.startSession();
      try {
        await session.withTransaction(
          async () => {
            signal.throwIfAborted();
            await run(session);
            signal.throwIfAborted();
          },
          { readPreference: 'primary', readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } },
        );
      } finally {
        await session.endSession();
      }
    },
    close: () => client.close(),
  };
}

function clientFor(settings: MongoSettings, selectionMs: number, { appId }: ComponentContext): MongoClient {
  const { uri, operationTimeoutMs } = settings;
  try {
    return new MongoClient(uri, {
      appName: `outrigger-${appId}`,
      connectTimeoutMS: selectionMs,
      serverSelectionTimeoutMS: selectionMs,
      waitQueueTimeoutMS: operationTimeoutMs,
      // connections to a server that stops responding are closed; the driver reconnects
      socketTimeoutMS: operationTimeoutMs,
      // other clients may have stored bytes as strings: they are decoded leniently
      enableUtf8Validation: false,
    });
  } catch (cause) {
    throw connectionError(cause, settings);
  }
}

/** Logs one line when the servers are lost and one when they are back. */
function reportAvailability(client: MongoClient, { log, name }: ComponentContext, address: string): void {
  let isLost = false;
  client.on('serverHeartbeatFailed', ({ failure }) => {
    if (!isLost) log.warn({ component: name, server: address, error: failure.message }, 'MongoDB connection lost');
    isLost = true;
  });
  client.on('serverHeartbeatSucceeded', () => {
    if (isLost) log.info({ component: name, server: address }, 'MongoDB connection restored');
    isLost = false;
  });
}
