import type { Cancel } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { type RedisLink, openRedis } from './connection.ts';
import { type KeyListener, KeyListeners } from './key-listeners.ts';
import { enableKeyspaceEvents } from './keyspace-setting.ts';
import type { RedisSettings } from './settings.ts';

/** Keyspace notifications over one connection for all listeners. */
export interface KeyEvents {
  /** Resolves when events are received, with a function that stops it. */
  listen(keys: readonly string[] | 'all', listener: KeyListener): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A connection that only listens would not notice that the server is unreachable. */
const heartbeatMs = 15_000;

/** Opens the connection at once, so that an app which changes a value right after subscribing misses nothing. */
export async function keyEvents(
  context: ComponentContext,
  settings: RedisSettings,
  link: RedisLink,
): Promise<KeyEvents> {
  return new KeyspaceEvents(context, link, await openRedis(context, settings), `__keyspace@${settings.db}__:`);
}

class KeyspaceEvents implements KeyEvents {
  readonly #context: ComponentContext;
  /** For commands. */
  readonly #link: RedisLink;
  /** For subscriptions. */
  readonly #reader: RedisLink;
  readonly #prefix: string;
  readonly #allKeysPattern: string;
  readonly #listeners = new KeyListeners();
  readonly #stopListening: () => void;
  #enabling: Promise<void> | undefined;
  #lastTurn: Promise<void> = Promise.resolve();
  #cancelHeartbeat: Cancel = () => {};

  constructor(context: ComponentContext, link: RedisLink, reader: RedisLink, prefix: string) {
    this.#context = context;
    this.#link = link;
    this.#reader = reader;
    this.#prefix = prefix;
    this.#allKeysPattern = `${globEscaped(prefix)}*`;
    reader.client.on('message', (channel: string) => this.#listeners.changed(channel.slice(prefix.length)));
    reader.client.on('pmessage', (_pattern: string, channel: string) =>
      this.#listeners.changedForAll(channel.slice(prefix.length)),
    );
    // the driver subscribes again automatically; a restarted server needs its events enabled again
    this.#stopListening = reader.onReconnect(() => void this.#resume());
    this.#scheduleHeartbeat();
  }

  listen(keys: readonly string[] | 'all', listener: KeyListener): Promise<() => Promise<void>> {
    return keys === 'all' ? this.#listenToAll(listener) : this.#listenTo(keys, listener);
  }

  async close(): Promise<void> {
    this.#cancelHeartbeat();
    this.#stopListening();
    await this.#reader.close();
  }

  async #listenTo(keys: readonly string[], listener: KeyListener): Promise<() => Promise<void>> {
    this.#listeners.add(keys, listener);
    const leave = (): Promise<void> => this.#leave(keys, listener);
    await this.#subscribe(() => this.#reader.read((client) => client.subscribe(...this.#channelsOf(keys))), leave);
    return leave;
  }

  async #listenToAll(listener: KeyListener): Promise<() => Promise<void>> {
    this.#listeners.addToAll(listener);
    const leave = (): Promise<void> => this.#leaveAll(listener);
    await this.#subscribe(() => this.#reader.read((client) => client.psubscribe(this.#allKeysPattern)), leave);
    return leave;
  }

  async #subscribe(send: () => Promise<unknown>, leave: () => Promise<void>): Promise<void> {
    try {
      await Promise.all([this.#ensureEnabled(), this.#inTurn(send)]);
    } catch (cause) {
      await leave();
      throw cause;
    }
  }

  async #leave(keys: readonly string[], listener: KeyListener): Promise<void> {
    this.#listeners.remove(keys, listener);
    await ignoreErrors(
      this.#inTurn(async () => {
        // other listeners may have subscribed to the same keys in the meantime
        const unused = this.#listeners.takeUnused(keys);
        if (unused.length > 0) await this.#reader.read((client) => client.unsubscribe(...this.#channelsOf(unused)));
      }),
    );
  }

  async #leaveAll(listener: KeyListener): Promise<void> {
    this.#listeners.removeFromAll(listener);
    await ignoreErrors(
      this.#inTurn(async () => {
        if (!this.#listeners.hasListenersOfAll())
          await this.#reader.read((client) => client.punsubscribe(this.#allKeysPattern));
      }),
    );
  }

  async #resume(): Promise<void> {
    if (this.#enabling === undefined) return;
    this.#enabling = enableKeyspaceEvents(this.#context, this.#link);
    await this.#enabling;
    // its reply arrives after those of the subscriptions, which the driver sends first
    await this.#ping();
    this.#listeners.resumed();
  }

  /** Events are enabled on the server with the first listener. */
  #ensureEnabled(): Promise<void> {
    return (this.#enabling ??= enableKeyspaceEvents(this.#context, this.#link));
  }

  /** Serialized: the driver may send an unsubscribe after the next subscribe. */
  #inTurn(work: () => Promise<unknown>): Promise<void> {
    const turn = this.#lastTurn.then(work).then(() => {});
    this.#lastTurn = ignoreErrors(turn);
    return turn;
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#context.clock.after(heartbeatMs, () => {
      this.#scheduleHeartbeat();
      void this.#ping();
    });
  }

  #ping(): Promise<void> {
    return ignoreErrors(this.#reader.read((client) => client.ping()));
  }

  #channelsOf(keys: readonly string[]): readonly string[] {
    return keys.map((key) => this.#prefix + key);
  }
}

/** For cleanup that may fail: a lost connection has no subscriptions. */
async function ignoreErrors(work: Promise<unknown>): Promise<void> {
  await work.then(undefined, () => {});
}

function globEscaped(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, '\\$&');
}
