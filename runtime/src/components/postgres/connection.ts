import { Socket } from 'node:net';
import { Client, type CustomTypesConfig } from 'pg';
import { type Clock, sleep } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import { stateUnavailable } from '#blocks/state/errors.ts';
import { isLost, isTransient, postgresError, stateInterrupted } from './errors.ts';
import type { PostgresSettings } from './settings.ts';

/** The text of a column in Postgres's format. */
export type Cell = string | null;
export type Row = readonly Cell[];

/** The bytes of a `bytea` column: its text is `\\x` and two digits per byte. */
export function bytesOf(cell: Cell | undefined): Uint8Array {
  return Buffer.from((cell ?? '').slice(2), 'hex');
}

/** Prepared once per connection under its name, of which Postgres uses only the first 63 bytes. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A Buffer is sent in binary format. */
export type Parameter = Buffer | string | number | null;

/**
 * One connection that is opened on first use and reopened after a loss. A statement in flight when the connection breaks
 * rejects with `stateInterrupted`, one that cannot be sent with `stateUnavailable`, one that the database rejects with
 * `stateStatementRejected`. All waits have a timeout.
 */
export interface Connection {
  run(statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]>;
  /** Runs `work` in a transaction on one session; rolls back when it throws. Not on a pipelined connection. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Closes the connection after the statements in flight; afterwards everything rejects. */
  close(): Promise<void>;
}

export interface Session {
  run(statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]>;
  /** Several statements without parameters. */
  script(text: string): Promise<void>;
}

/** Long enough for a server to restart, short enough for a caller to wait; and less than a component's init timeout. */
const connectWaitMs = 4000;
const retryDelayMs = 100;
const graceMs = 1000;

export function postgresConnection(
  settings: PostgresSettings,
  clock: Clock,
  options: { readonly isPipelined?: boolean } = {},
): Connection {
  let ready: Open | undefined;
  let opening: Promise<Open> | undefined;
  let isClosed = false;

  const unreachable = (cause: unknown): Error =>
    withCause(stateUnavailable(`Postgres at ${settings.address} cannot be reached: ${textOf(cause)}`), cause);

  const connectOnce = async (timeoutMs: number): Promise<Open> => {
    const socket = new Socket();
    const client = new Client({
      ...settings.client,
      pipeline: options.isPipelined ?? false,
      connectionTimeoutMillis: Math.max(1, timeoutMs),
      stream: () => socket,
    });
    const open: Open = { client, socket };
    // Statements in flight report a lost connection; without this listener a loss while idle would end the process.
    client.on('error', () => forget(open));
    client.on('end', () => forget(open));
    try {
      await client.connect();
      return open;
    } catch (cause) {
      socket.destroy();
      throw cause;
    }
  };

  const forget = (open: Open): void => {
    if (ready === open) ready = undefined;
  };

  const connect = async (): Promise<Open> => {
    const deadline = clock.monotonic() + connectWaitMs;
    for (;;) {
      try {
        const open = await connectOnce(deadline - clock.monotonic());
        if (isClosed) {
          await open.client.end();
          throw new Error('the component is closing');
        }
        ready = open;
        return open;
      } catch (cause) {
        if (isClosed || !isTransient(cause) || clock.monotonic() + retryDelayMs >= deadline) throw unreachable(cause);
      }
      await sleep(clock, retryDelayMs);
    }
  };

  const opened = async (): Promise<Open> => {
    if (isClosed) throw stateUnavailable('the component is closed');
    opening ??= connect().finally(() => (opening = undefined));
    return opening;
  };

  /** The server cancels statements that take too long; when it does not respond at all, the connection is closed. */
  const bounded = async <T>(open: Open, work: Promise<T>): Promise<T> => {
    let isLate = false;
    const cancel = clock.after(settings.timeoutMs + graceMs, () => {
      isLate = true;
      forget(open);
      open.socket.destroy();
    });
    try {
      return await work;
    } catch (cause) {
      if (isLate)
        throw withCause(stateInterrupted(settings.address, `no response within ${settings.timeoutMs} ms`), cause);
      if (isLost(cause)) forget(open);
      throw postgresError(cause, settings);
    } finally {
      cancel();
    }
  };

  const runOn = async (open: Open, statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> => {
    const query = {
      name: statement.name,
      text: statement.text,
      values: [...parameters],
      rowMode: 'array' as const,
      types,
    };
    const result = await bounded(open, open.client.query<Cell[]>(query));
    return result.rows;
  };

  return {
    async run(statement, parameters) {
      return runOn(ready ?? (await opened()), statement, parameters);
    },
    async transaction(work) {
      const open = ready ?? (await opened());
      const script = async (text: string): Promise<void> => void (await bounded(open, open.client.query(text)));
      await script('begin');
      try {
        const result = await work({ run: (statement, parameters) => runOn(open, statement, parameters), script });
        await script('commit');
        return result;
      } catch (cause) {
        // A broken session is rolled back by the server.
        if (ready === open) await script('rollback');
        throw cause;
      }
    },
    async close() {
      isClosed = true;
      const open = ready ?? (await opening?.catch(() => undefined));
      ready = undefined;
      await open?.client.end();
    },
  };
}

interface Open {
  readonly client: Client;
  /** Needed to destroy the connection; `pg` has no public method for that. */
  readonly socket: Socket;
}

/** No type parsers: all columns are returned as text, and the readers of a row convert them. */
const types = { getTypeParser: () => (text: string) => text } as unknown as CustomTypesConfig;
