import { Client } from 'pg';
import { backoffDelay, withJitter } from '#core/backoff.ts';
import { sleep } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { stateUnavailable } from '#blocks/state/errors.ts';
import type { PostgresSettings } from './settings.ts';

export interface NotificationListener {
  received(payload: string): void;
  /** The connection was lost and is restored: notifications in between are lost. */
  resumed(): void;
}

/** Notifications of the database (`notify`), over one connection that is open while there are listeners and reconnects. */
export interface DatabaseNotifications {
  /** Resolves when notifications are received, with a function that stops it. `channel` must be a plain name. */
  listen(channel: string, listener: NotificationListener): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const connectTimeoutMs = 4000;
const reconnectBackoff = { firstMs: 100, maxMs: 5000 };
/** A connection that only listens would not notice that the server is unreachable. */
const heartbeatMs = 15_000;

export function postgresNotifications(context: ComponentContext, settings: PostgresSettings): DatabaseNotifications {
  return new ListeningConnection(context, settings);
}

class ListeningConnection implements DatabaseNotifications {
  readonly #context: ComponentContext;
  readonly #settings: PostgresSettings;
  readonly #channels = new Map<string, Set<NotificationListener>>();
  readonly #closing = new AbortController();
  /** The driver allows one query at a time. */
  readonly #turns = new WeakMap<Client, Promise<unknown>>();
  #current: Client | undefined;
  #opening: Promise<Client> | undefined;
  #cancelHeartbeat = (): void => {};

  constructor(context: ComponentContext, settings: PostgresSettings) {
    this.#context = context;
    this.#settings = settings;
  }

  async listen(channel: string, listener: NotificationListener): Promise<() => Promise<void>> {
    if (this.#closing.signal.aborted) throw this.#unavailable('the component is closed');
    const listeners = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, listeners.add(listener));
    try {
      const client = await this.#open();
      await this.#query(client, `listen ${channel}`);
    } catch (cause) {
      await this.#leave(channel, listener);
      throw cause;
    }
    return () => this.#leave(channel, listener);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the component is closed'));
    this.#cancelHeartbeat();
    this.#channels.clear();
    const client = await this.#opening?.catch(() => undefined);
    await client?.end();
  }

  async #leave(channel: string, listener: NotificationListener): Promise<void> {
    const listeners = this.#channels.get(channel);
    listeners?.delete(listener);
    if (listeners?.size !== 0) return;
    this.#channels.delete(channel);
    const client = this.#current;
    // without a connection there is nothing to unlisten
    if (client) await this.#query(client, `unlisten ${channel}`).catch(() => {});
  }

  #open(): Promise<Client> {
    this.#opening ??= this.#connect().then(
      (client) => (this.#current = client),
      (cause: unknown) => {
        this.#opening = undefined;
        throw cause instanceof Error ? cause : this.#unavailable(textOf(cause));
      },
    );
    return this.#opening;
  }

  async #connect(): Promise<Client> {
    const client = new Client({ ...this.#settings.client, connectionTimeoutMillis: connectTimeoutMs });
    // the loss of the connection is also emitted as `end`
    client.on('error', () => {});
    client.on('notification', ({ channel, payload }) => {
      for (const listener of this.#channels.get(channel) ?? []) listener.received(payload ?? '');
    });
    try {
      await this.#bounded(() => client.connect());
      for (const channel of this.#channels.keys()) await this.#query(client, `listen ${channel}`);
    } catch (cause) {
      void client.end().catch(() => {});
      throw cause;
    }
    client.once('end', () => this.#lost(client));
    this.#scheduleHeartbeat(client);
    return client;
  }

  #query(client: Client, statement: string): Promise<unknown> {
    const result = (this.#turns.get(client) ?? Promise.resolve()).then(() => client.query(statement));
    this.#turns.set(
      client,
      result.catch(() => {}),
    );
    return this.#bounded(() => result);
  }

  #scheduleHeartbeat(client: Client): void {
    this.#cancelHeartbeat = this.#context.clock.after(heartbeatMs, () => {
      this.#query(client, 'select 1').then(
        () => this.#scheduleHeartbeat(client),
        () => this.#lost(client),
      );
    });
  }

  #lost(client: Client): void {
    if (this.#current !== client) return;
    this.#current = undefined;
    this.#opening = undefined;
    this.#cancelHeartbeat();
    void client.end().catch(() => {});
    if (this.#closing.signal.aborted || this.#channels.size === 0) return;
    this.#context.log.warn(this.#logFields, 'connection for notifications lost, will reconnect');
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { clock, random, log, name } = this.#context;
    const { signal } = this.#closing;
    for (let attempt = 1; !signal.aborted && this.#channels.size > 0; attempt++) {
      await sleep(clock, withJitter(backoffDelay(attempt, reconnectBackoff), random), signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#open();
        log.info(this.#logFields, 'connection for notifications restored');
        for (const listeners of this.#channels.values()) for (const listener of listeners) listener.resumed();
        return;
      } catch (cause) {
        if (attempt === 1)
          log.warn({ component: name, error: textOf(cause) }, 'connection for notifications failed, will retry');
      }
    }
  }

  get #logFields(): { readonly component: string; readonly server: string } {
    return { component: this.#context.name, server: this.#settings.address };
  }

  #bounded<T>(work: () => Promise<T>): Promise<T> {
    return withTimeout(this.#context.clock, connectTimeoutMs, work, () =>
      this.#unavailable(`no response within ${connectTimeoutMs} ms`),
    );
  }

  #unavailable(reason: string): Error {
    return stateUnavailable(`Postgres at ${this.#settings.address} cannot be reached: ${reason}`);
  }
}
