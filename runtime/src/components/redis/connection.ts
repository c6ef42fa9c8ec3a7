import { Cluster, Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { backoffDelay, withJitter } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { failureOf, isLoginError, redisUnavailable, errorOf } from './errors.ts';
import type { RedisSettings } from './settings.ts';

/** One server or a cluster: the commands are the same. `xclaimBuffer` is missing in the driver's types. */
export type RedisClient = (Redis | Cluster) & {
  xclaimBuffer(...parts: readonly (string | number)[]): Promise<readonly unknown[]>;
};

/**
 * One connection, which reconnects automatically until it is closed. Commands of one turn of the event loop are sent in one
 * write, in order. A command that cannot be sent within four seconds rejects with `redisUnavailable`, one that the server
 * rejects with `redisRejected`, one in flight when the connection broke with `redisInterrupted`.
 */
export interface RedisLink {
  readonly address: string;
  readonly isCluster: boolean;
  /** Repeated when the connection breaks. */
  read<T>(send: (client: RedisClient) => Promise<T>): Promise<T>;
  write<T>(send: (client: RedisClient) => Promise<T>): Promise<T>;
  /** The driver's own client, for subscriptions; everything else goes through `read` and `write`. */
  readonly client: RedisClient;
  /** Calls `listener` after each reconnect. Returns a function that removes it. */
  onReconnect(listener: () => void): () => void;
  /** Waits for commands in flight, at most two seconds. Afterwards everything rejects. */
  close(): Promise<void>;
}

export interface LinkOptions {
  /** For blocking commands: the longest block. Such commands are sent at once and separately. */
  readonly blockMs?: number;
}

/** Long enough for a server to restart, short enough for a caller to wait; and less than a component's init timeout. */
const connectWaitMs = 4000;
const reconnectBackoff = { firstMs: 50, maxMs: 1000 };

/** Rejects when no server responds in time, or at once when a server rejects the login. */
export async function openRedis(
  { clock, log, random, name, appId }: ComponentContext,
  settings: RedisSettings,
  { blockMs }: LinkOptions = {},
): Promise<RedisLink> {
  const { address } = settings;
  const listeners = new Set<() => void>();
  const waiters = new Set<(failure?: Error) => void>();
  let inFlight = 0;
  let whenIdle = (): void => {};
  let lastError = 'no response';
  let wasUp = false;
  let isClosed = false;

  const client = clientFor(settings, {
    connectionName: `outrigger-${appId.replaceAll(/[^\w.-]/g, '_')}`,
    retryDelayMs: (attempt) => withJitter(backoffDelay(attempt, reconnectBackoff), random),
    readTimeoutMs: settings.readTimeoutMs + (blockMs ?? 0),
    isPipelined: blockMs === undefined,
  }) as RedisClient;
  client.on('error', (error: Error & { lastNodeError?: Error }) => {
    lastError = textOf(error.lastNodeError ?? error) || 'no response';
    if (!wasUp && isLoginError(error.lastNodeError ?? error))
      for (const settle of waiters) settle(unavailable('check the login in its metadata'));
  });
  client.on('ready', () => {
    for (const settle of waiters) settle();
    if (wasUp) {
      log.info({ component: name, server: address }, 'Redis connection restored');
      for (const listener of listeners) listener();
    }
    wasUp = true;
  });
  client.on('close', () => {
    if (wasUp && !isClosed) log.warn({ component: name, server: address }, 'Redis connection lost, will reconnect');
  });

  const unavailable = (hint?: string): Error =>
    redisUnavailable(address, hint === undefined ? lastError : `${lastError} (${hint})`);

  /** Resolves when the connection is up. */
  const connected = (deadline: number): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(redisUnavailable(address, 'the component is closed'));
      if (client.status === 'ready') return resolve();
      const settle = (failure?: Error): void => {
        waiters.delete(settle);
        cancel();
        if (failure) reject(failure);
        else resolve();
      };
      const cancel = clock.after(deadline - clock.monotonic(), () => settle(unavailable()));
      waiters.add(settle);
    });

  const run = async <T>(send: (client: RedisClient) => Promise<T>, mayRepeat: boolean): Promise<T> => {
    inFlight++;
    let deadline: number | undefined;
    try {
      for (;;) {
        if (isClosed || client.status !== 'ready') await connected((deadline ??= clock.monotonic() + connectWaitMs));
        try {
          return await send(client);
        } catch (cause) {
          const failure = failureOf(cause);
          const mayRetry = failure === 'not-sent' || (failure === 'interrupted' && mayRepeat);
          deadline ??= clock.monotonic() + connectWaitMs;
          if (!mayRetry || isClosed || clock.monotonic() >= deadline) throw errorOf(cause, address);
        }
        // the driver may take a moment to notice a lost connection
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      if (--inFlight === 0) whenIdle();
    }
  };

  const close = async (): Promise<void> => {
    isClosed = true;
    for (const settle of waiters) settle(redisUnavailable(address, 'the component is closed'));
    if (client.status === 'ready' && inFlight > 0 && blockMs === undefined)
      await waitUpTo(clock, 2000, new Promise<void>((resolve) => (whenIdle = resolve)));
    client.disconnect();
  };

  client.connect().catch((cause: unknown) => {
    // the first attempt; the driver retries automatically
    if (textOf(cause) !== 'Connection is closed.') lastError = textOf(cause);
  });
  try {
    await connected(clock.monotonic() + connectWaitMs);
  } catch (cause) {
    await close();
    throw cause;
  }
  return {
    address,
    isCluster: settings.kind === 'cluster',
    client,
    read: (send) => run(send, true),
    write: (send) => run(send, false),
    onReconnect(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close,
  };
}

interface ClientOptions {
  readonly connectionName: string;
  readonly retryDelayMs: (attempt: number) => number;
  readonly readTimeoutMs: number;
  readonly isPipelined: boolean;
}

function clientFor(settings: RedisSettings, options: ClientOptions): Redis | Cluster {
  const { username, password, db, tls, sentinel } = settings;
  const common: RedisOptions = {
    username,
    password,
    db,
    tls,
    connectTimeout: settings.dialTimeoutMs,
    // instead of a timer per command: the connection is closed when replies are due and the server is silent
    socketTimeout: options.readTimeoutMs,
    connectionName: options.connectionName,
    disableClientInfo: true,
    // every server and proxy supports the older protocol, and nothing of the newer one is needed
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    // commands in flight fail with the connection: sending a write twice would be worse
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: options.isPipelined,
    retryStrategy: options.retryDelayMs,
  };
  switch (settings.kind) {
    case 'cluster':
      return new Cluster([...settings.nodes], {
        redisOptions: common,
        lazyConnect: true,
        enableOfflineQueue: false,
        enableAutoPipelining: options.isPipelined,
        // a script with keys of several slots would fail all commands of its pipeline
        autoPipeliningIgnoredCommands: ['evalsha', 'eval'],
        clusterRetryStrategy: options.retryDelayMs,
      });
    case 'sentinel':
      return new Redis({
        ...common,
        sentinels: [...settings.nodes],
        name: sentinel?.masterName,
        sentinelUsername: sentinel?.username,
        sentinelPassword: sentinel?.password,
        sentinelRetryStrategy: options.retryDelayMs,
        ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: tls } : undefined),
      });
    case 'node':
      return new Redis({ ...common, ...settings.nodes[0] });
  }
}
