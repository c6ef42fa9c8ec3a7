import { Socket } from 'node:net';
import { Client, type CustomTypesConfig } from 'pg';
import { type Clock, sleep } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import { stateUnavailable } from '#blocks/state/errors.ts';
import { isLost, isTransient, postgresError, stateInterrupted } from './errors.ts';
import type { PostgresSettings } from './settings.ts';

/** A column's text as Postgres writes it. */
export type Cell = string | null;
export type Row = readonly Cell[];

/** The bytes of a `bytea` column: its text is `\\x` and two digits per byte. */
export function bytesOf(cell: Cell | undefined): Uint8Array {
  return Buffer.from((cell ?? '').slice(2), 'hex');
}

/** Prepared once per connection under its name, of which Postgres heeds only the first 63 bytes. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A Buffer goes over in binary form. */
export type Parameter = Buffer | string | number | null;

/**
 * One connection that heals itself: it connects at first use, and again after a break. What is under way at a break
 * rejects with `stateInterrupted`, what cannot be begun with `stateUnavailable`, what the database refuses with
 * `stateRefused`. Each wait is bounded.
 */
export interface Connection {
  run(statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]>;
  /** Runs `work` between begin and commit, on one and the same session; rolls back when it throws. Not when pipelined. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Ends the connection after what is under way; afterwards everything rejects. */
  close(): Promise<void>;
}

export interface Session {
  run(statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]>;
  /** Several statements at once, without parameters. */
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
    // Breaks are told by the statements under way; without this listener a break while idle would end the process.
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

  /** The server ends statements that take too long; when it does not even answer that, the connection is given up. */
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
        throw withCause(stateInterrupted(settings.address, `no answer within ${settings.timeoutMs} ms`), cause);
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
        // A session that broke has rolled back by itself.
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
  /** Kept to break the connection; `pg` has no public way to. */
  readonly socket: Socket;
}

/** All columns as Postgres's own text: those who read a row know what they asked for. */
const types = { getTypeParser: () => (text: string) => text } as unknown as CustomTypesConfig;
