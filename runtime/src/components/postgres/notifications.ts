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
export interface Notifications {
  /** Resolves when notifications are received, with a function that stops it. `channel` must be a plain name. */
  listen(channel: string, listener: NotificationListener): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const connectTimeoutMs = 4000;
const reconnectBackoff = { firstMs: 100, maxMs: 5000 };
/** A connection that only listens would not notice that the server is unreachable. */
const heartbeatMs = 15_000;

export function postgresNotifications(context: ComponentContext, settings: PostgresSettings): Notifications {
  const { clock, random, log, name } = context;
  const channels = new Map<string, Set<NotificationListener>>();
  const closing = new AbortController();
  let opening: Promise<Client> | undefined;
  let cancelHeartbeat = (): void => {};

  const unavailable = (reason: string): Error =>
    stateUnavailable(`Postgres at ${settings.address} cannot be reached: ${reason}`);

  const bounded = <T>(work: () => Promise<T>): Promise<T> =>
    withTimeout(clock, connectTimeoutMs, work, () => unavailable(`no response within ${connectTimeoutMs} ms`));

  /** The driver allows one query at a time. */
  const turns = new WeakMap<Client, Promise<unknown>>();
  const query = (client: Client, statement: string): Promise<unknown> => {
    const result = (turns.get(client) ?? Promise.resolve()).then(() => client.query(statement));
    turns.set(
      client,
      result.catch(() => {}),
    );
    return bounded(() => result);
  };

  const connect = async (): Promise<Client> => {
    const client = new Client({ ...settings.client, connectionTimeoutMillis: connectTimeoutMs });
    // the loss of the connection is also emitted as `end`
    client.on('error', () => {});
    client.on('notification', ({ channel, payload }) => {
      for (const listener of channels.get(channel) ?? []) listener.received(payload ?? '');
    });
    try {
      await bounded(() => client.connect());
      for (const channel of channels.keys()) await query(client, `listen ${channel}`);
    } catch (cause) {
      void client.end().catch(() => {});
      throw cause;
    }
    client.once('end', () => lost(client));
    scheduleHeartbeat(client);
    return client;
  };

  const scheduleHeartbeat = (client: Client): void => {
    cancelHeartbeat = clock.after(heartbeatMs, () => {
      query(client, 'select 1').then(
        () => scheduleHeartbeat(client),
        () => lost(client),
      );
    });
  };

  let current: Client | undefined;
  const lost = (client: Client): void => {
    if (current !== client) return;
    current = undefined;
    opening = undefined;
    cancelHeartbeat();
    void client.end().catch(() => {});
    if (closing.signal.aborted || channels.size === 0) return;
    log.warn({ component: name, server: settings.address }, 'connection for notifications lost, will reconnect');
    void reconnect();
  };

  const reconnect = async (): Promise<void> => {
    for (let attempt = 1; !closing.signal.aborted && channels.size > 0; attempt++) {
      const delayMs = withJitter(backoffDelay(attempt, reconnectBackoff), random);
      await sleep(clock, delayMs, closing.signal).catch(() => {});
      if (closing.signal.aborted) return;
      try {
        await open();
        log.info({ component: name, server: settings.address }, 'connection for notifications restored');
        for (const listeners of channels.values()) for (const listener of listeners) listener.resumed();
        return;
      } catch (cause) {
        if (attempt === 1)
          log.warn({ component: name, error: textOf(cause) }, 'connection for notifications failed, will retry');
      }
    }
  };

  const open = (): Promise<Client> => {
    opening ??= connect().then(
      (client) => (current = client),
      (cause: unknown) => {
        opening = undefined;
        throw cause instanceof Error ? cause : unavailable(textOf(cause));
      },
    );
    return opening;
  };

  const leave = async (channel: string, listener: NotificationListener): Promise<void> => {
    const listeners = channels.get(channel);
    listeners?.delete(listener);
    if (listeners?.size !== 0) return;
    channels.delete(channel);
    const client = current;
    // without a connection there is nothing to unlisten
    if (client) await query(client, `unlisten ${channel}`).catch(() => {});
  };

  return {
    async listen(channel, listener) {
      if (closing.signal.aborted) throw unavailable('the component is closed');
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(listener));
      try {
        const client = await open();
        await query(client, `listen ${channel}`);
      } catch (cause) {
        await leave(channel, listener);
        throw cause;
      }
      return () => leave(channel, listener);
    },
    async close() {
      closing.abort(new Error('the component is closed'));
      cancelHeartbeat();
      channels.clear();
      const client = await opening?.catch(() => undefined);
      await client?.end();
    },
  };
}
