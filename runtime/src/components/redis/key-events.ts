import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { type RedisLink, openRedis } from './connection.ts';
import type { RedisSettings } from './settings.ts';

export interface KeyListener {
  changed(key: string): void;
  resumed(): void;
}

/** Keyspace notifications over one connection for all listeners. */
export interface KeyEvents {
  /** Resolves when events are received, with a function that stops it. */
  listen(keys: readonly string[] | 'all', listener: KeyListener): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Keyspace events (K): generic (g), expired (x), evicted (e) and string commands ($). */
const requiredEvents = 'Kg$xe';
/** A connection that only listens would not notice that the server is unreachable. */
const heartbeatMs = 15_000;

/** Opens the connection at once, so that an app which changes a value right after subscribing misses nothing. */
export async function keyEvents(
  context: ComponentContext,
  settings: RedisSettings,
  link: RedisLink,
): Promise<KeyEvents> {
  const reader = await openRedis(context, settings);
  let enabling: Promise<void> | undefined;
  /** Events are enabled on the server with the first listener. */
  const enabled = (): Promise<void> => (enabling ??= enableEvents(context, link));
  const prefix = `__keyspace@${settings.db}__:`;
  const allKeysPattern = `${globEscaped(prefix)}*`;
  const keyListeners = new Map<string, Set<KeyListener>>();
  const allKeyListeners = new Set<KeyListener>();

  reader.client.on('message', (channel: string) => {
    const key = channel.slice(prefix.length);
    for (const listener of keyListeners.get(key) ?? []) listener.changed(key);
  });
  reader.client.on('pmessage', (_pattern: string, channel: string) => {
    for (const listener of allKeyListeners) listener.changed(channel.slice(prefix.length));
  });
  // the driver subscribes again automatically; a restarted server needs its events enabled again
  const stopListening = reader.onReconnect(() => void resume());
  const resume = async (): Promise<void> => {
    if (enabling === undefined) return;
    await (enabling = enableEvents(context, link));
    // its reply arrives after those of the subscriptions, which the driver sends first
    await ignoreErrors(reader.read((client) => client.ping()));
    for (const listener of new Set([...allKeyListeners, ...[...keyListeners.values()].flatMap((set) => [...set])]))
      listener.resumed();
  };

  let cancelHeartbeat = (): void => {};
  const scheduleHeartbeat = (): void => {
    cancelHeartbeat = context.clock.after(heartbeatMs, () => {
      scheduleHeartbeat();
      void ignoreErrors(reader.read((client) => client.ping()));
    });
  };
  scheduleHeartbeat();

  let last: Promise<void> = Promise.resolve();
  /** Serialized: the driver may send an unsubscribe after the next subscribe. */
  const inTurn = (work: () => Promise<unknown>): Promise<void> => {
    const turn = last.then(work).then(() => {});
    last = ignoreErrors(turn);
    return turn;
  };

  const leave = async (keys: readonly string[], listener: KeyListener): Promise<void> => {
    for (const key of keys) keyListeners.get(key)?.delete(listener);
    await ignoreErrors(
      inTurn(async () => {
        // other listeners may have subscribed to the same keys in the meantime
        const left = keys.filter((key) => keyListeners.get(key)?.size === 0 && keyListeners.delete(key));
        if (left.length > 0) await reader.read((client) => client.unsubscribe(...left.map((key) => prefix + key)));
      }),
    );
  };
  const leaveAll = async (listener: KeyListener): Promise<void> => {
    allKeyListeners.delete(listener);
    await ignoreErrors(
      inTurn(async () => {
        if (allKeyListeners.size === 0) await reader.read((client) => client.punsubscribe(allKeysPattern));
      }),
    );
  };

  return {
    async listen(keys, listener) {
      if (keys === 'all') {
        allKeyListeners.add(listener);
        try {
          await Promise.all([enabled(), inTurn(() => reader.read((client) => client.psubscribe(allKeysPattern)))]);
        } catch (cause) {
          await leaveAll(listener);
          throw cause;
        }
        return () => leaveAll(listener);
      }
      for (const key of keys) {
        const set = keyListeners.get(key) ?? new Set();
        keyListeners.set(key, set.add(listener));
      }
      try {
        await Promise.all([
          enabled(),
          inTurn(() => reader.read((client) => client.subscribe(...keys.map((key) => prefix + key)))),
        ]);
      } catch (cause) {
        await leave(keys, listener);
        throw cause;
      }
      return () => leave(keys, listener);
    },
    async close() {
      cancelHeartbeat();
      stopListening();
      await reader.close();
    },
  };
}

/** Adds to the enabled events. A managed server may forbid it; then its owner must configure the events. */
async function enableEvents({ name, log }: ComponentContext, link: RedisLink): Promise<void> {
  const setting = 'notify-keyspace-events';
  try {
    const [, current = ''] = (await link.read((client) => client.config('GET', setting))) as readonly string[];
    // A enables all kinds of events
    const missing = requiredEvents
      .split('')
      .filter((flag) => !current.includes(flag) && (flag === 'K' || !current.includes('A')));
    if (missing.length > 0) await link.read((client) => client.config('SET', setting, current + missing.join('')));
  } catch (cause) {
    const advice = `changes are received only if its ${setting} contains ${requiredEvents}`;
    log.warn({ component: name, error: textOf(cause) }, `keyspace events could not be enabled: ${advice}`);
  }
}

/** For cleanup that may fail: a lost connection has no subscriptions. */
async function ignoreErrors(work: Promise<unknown>): Promise<void> {
  await work.then(undefined, () => {});
}

function globEscaped(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, '\\$&');
}
