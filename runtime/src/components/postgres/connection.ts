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
  { isPipelined = false }: { readonly isPipelined?: boolean } = {},
): Connection {
  return new ReopeningConnection(settings, clock, isPipelined);
}

class ReopeningConnection implements Connection {
  readonly #settings: PostgresSettings;
  readonly #clock: Clock;
  readonly #isPipelined: boolean;
  #ready: Open | undefined;
  #opening: Promise<Open> | undefined;
  #isClosed = false;

  constructor(settings: PostgresSettings, clock: Clock, isPipelined: boolean) {
    this.#settings = settings;
    this.#clock = clock;
    this.#isPipelined = isPipelined;
  }

  async run(statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    return this.#runOn(this.#ready ?? (await this.#opened()), statement, parameters);
  }

  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const open = this.#ready ?? (await this.#opened());
    const script = async (text: string): Promise<void> => void (await this.#bounded(open, open.client.query(text)));
    await script('begin');
    try {
      const result = await work({ run: (statement, parameters) => this.#runOn(open, statement, parameters), script });
      await script('commit');
      return result;
    } catch (cause) {
      // A broken session is rolled back by the server.
      if (this.#ready === open) await script('rollback');
      throw cause;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const open = this.#ready ?? (await this.#opening?.catch(() => undefined));
    this.#ready = undefined;
    await open?.client.end();
  }

  async #opened(): Promise<Open> {
    if (this.#isClosed) throw stateUnavailable('the component is closed');
    this.#opening ??= this.#connect().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #connect(): Promise<Open> {
    const deadline = this.#clock.monotonic() + connectWaitMs;
    for (;;) {
      try {
        const open = await this.#connectOnce(deadline - this.#clock.monotonic());
        if (this.#isClosed) {
          await open.client.end();
          throw new Error('the component is closing');
        }
        this.#ready = open;
        return open;
      } catch (cause) {
        const isTooLate = this.#clock.monotonic() + retryDelayMs >= deadline;
        if (this.#isClosed || !isTransient(cause) || isTooLate) throw this.#unreachable(cause);
      }
      await sleep(this.#clock, retryDelayMs);
    }
  }

  async #connectOnce(timeoutMs: number): Promise<Open> {
    const socket = new Socket();
    const client = new Client({
      ...this.#settings.client,
      pipeline: this.#isPipelined,
      connectionTimeoutMillis: Math.max(1, timeoutMs),
      stream: () => socket,
    });
    const open: Open = { client, socket };
    // Statements in flight report a lost connection; without this listener a loss while idle would end the process.
    client.on('error', () => this.#forget(open));
    client.on('end', () => this.#forget(open));
    try {
      await client.connect();
      return open;
    } catch (cause) {
      socket.destroy();
      throw cause;
    }
  }

  #forget(open: Open): void {
    if (this.#ready === open) this.#ready = undefined;
  }

  #unreachable(cause: unknown): Error {
    return withCause(
      stateUnavailable(`Postgres at ${this.#settings.address} cannot be reached: ${textOf(cause)}`),
      cause,
    );
  }

  async #runOn(open: Open, statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    const query = {
      name: statement.name,
      text: statement.text,
      values: [...parameters],
      rowMode: 'array' as const,
      types,
    };
    const result = await this.#bounded(open, open.client.query<Cell[]>(query));
    return result.rows;
  }

  /** The server cancels statements that take too long; when it does not respond at all, the connection is closed. */
  async #bounded<T>(open: Open, work: Promise<T>): Promise<T> {
    const { address, timeoutMs } = this.#settings;
    let isLate = false;
    const cancel = this.#clock.after(timeoutMs + graceMs, () => {
      isLate = true;
      this.#forget(open);
      open.socket.destroy();
    });
    try {
      return await work;
    } catch (cause) {
      if (isLate) throw withCause(stateInterrupted(address, `no response within ${timeoutMs} ms`), cause);
      if (isLost(cause)) this.#forget(open);
      throw postgresError(cause, this.#settings);
    } finally {
      cancel();
    }
  }
}

interface Open {
  readonly client: Client;
  /** Needed to destroy the connection; `pg` has no public method for that. */
  readonly socket: Socket;
}

/** No type parsers: all columns are returned as text, and the readers of a row convert them. */
const types = { getTypeParser: () => (text: string) => text } as unknown as CustomTypesConfig;
