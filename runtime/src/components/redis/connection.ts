import { backoffDelay, withJitter } from '#core/backoff.ts';
import { ConditionWaiters } from '#core/condition-waiters.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { LogFields } from '#core/log.ts';
import { type RedisClient, redisClient } from './client.ts';
import { failureOf, isLoginError, redisUnavailable, errorOf } from './errors.ts';
import type { RedisSettings } from './settings.ts';

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
const closeTimeoutMs = 2000;
const reconnectBackoff = { firstMs: 50, maxMs: 1000 };

/** Rejects when no server responds in time, or at once when a server rejects the login. */
export async function openRedis(
  context: ComponentContext,
  settings: RedisSettings,
  options: LinkOptions = {},
): Promise<RedisLink> {
  const link = new ReconnectingLink(context, settings, options);
  await link.connect();
  return link;
}

class ReconnectingLink implements RedisLink {
  readonly address: string;
  readonly isCluster: boolean;
  readonly client: RedisClient;
  readonly #context: ComponentContext;
  readonly #logFields: LogFields;
  readonly #isBlocking: boolean;
  readonly #callers: ConditionWaiters;
  readonly #reconnectListeners = new Set<() => void>();
  #inFlight = 0;
  #whenIdle = (): void => {};
  #lastError = 'no response';
  #wasUp = false;
  #isClosed = false;

  constructor(context: ComponentContext, settings: RedisSettings, { blockMs }: LinkOptions) {
    this.address = settings.address;
    this.isCluster = settings.kind === 'cluster';
    this.#context = context;
    this.#logFields = { component: context.name, server: settings.address };
    this.#isBlocking = blockMs !== undefined;
    this.#callers = new ConditionWaiters(context.clock);
    this.client = redisClient(settings, {
      connectionName: `outrigger-${context.appId.replaceAll(/[^\w.-]/g, '_')}`,
      retryDelayMs: (attempt) => withJitter(backoffDelay(attempt, reconnectBackoff), context.random),
      readTimeoutMs: settings.readTimeoutMs + (blockMs ?? 0),
      isPipelined: blockMs === undefined,
    });
    this.#watch();
  }

  async connect(): Promise<void> {
    this.client.connect().catch((cause: unknown) => {
      // the first attempt; the driver retries automatically
      if (textOf(cause) !== 'Connection is closed.') this.#lastError = textOf(cause);
    });
    try {
      await this.#connected(this.#deadline());
    } catch (cause) {
      await this.close();
      throw cause;
    }
  }

  read<T>(send: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.#run(send, true);
  }

  write<T>(send: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.#run(send, false);
  }

  onReconnect(listener: () => void): () => void {
    this.#reconnectListeners.add(listener);
    return () => void this.#reconnectListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#callers.rejectAll(this.#closedError());
    if (this.#isUp() && this.#inFlight > 0 && !this.#isBlocking) {
      const idle = new Promise<void>((resolve) => (this.#whenIdle = resolve));
      await waitUpTo(this.#context.clock, closeTimeoutMs, idle);
    }
    this.client.disconnect();
  }

  #watch(): void {
    const { log } = this.#context;
    this.client.on('error', (error: Error & { lastNodeError?: Error }) => {
      this.#lastError = textOf(error.lastNodeError ?? error) || 'no response';
      if (!this.#wasUp && isLoginError(error.lastNodeError ?? error))
        this.#callers.rejectAll(this.#unavailable('check the login in its metadata'));
    });
    this.client.on('ready', () => {
      this.#callers.recheck();
      if (this.#wasUp) {
        log.info(this.#logFields, 'Redis connection restored');
        for (const listener of this.#reconnectListeners) listener();
      }
      this.#wasUp = true;
    });
    this.client.on('close', () => {
      if (this.#wasUp && !this.#isClosed) log.warn(this.#logFields, 'Redis connection lost, will reconnect');
    });
  }

  async #run<T>(send: (client: RedisClient) => Promise<T>, mayRepeat: boolean): Promise<T> {
    this.#inFlight++;
    let deadline: number | undefined;
    try {
      for (;;) {
        if (this.#isClosed || !this.#isUp()) await this.#connected((deadline ??= this.#deadline()));
        try {
          return await send(this.client);
        } catch (cause) {
          const failure = failureOf(cause);
          const mayRetry = failure === 'not-sent' || (failure === 'interrupted' && mayRepeat);
          deadline ??= this.#deadline();
          if (!mayRetry || this.#isClosed || this.#context.clock.monotonic() >= deadline)
            throw errorOf(cause, this.address);
        }
        // the driver may take a moment to notice a lost connection
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      if (--this.#inFlight === 0) this.#whenIdle();
    }
  }

  async #connected(deadline: number): Promise<void> {
    if (this.#isClosed) throw this.#closedError();
    await this.#callers.until(
      () => this.#isUp(),
      deadline,
      () => this.#unavailable(),
    );
  }

  #isUp(): boolean {
    return this.client.status === 'ready';
  }

  #deadline(): number {
    return this.#context.clock.monotonic() + connectWaitMs;
  }

  #unavailable(hint?: string): Error {
    return redisUnavailable(this.address, hint === undefined ? this.#lastError : `${this.#lastError} (${hint})`);
  }

  #closedError(): Error {
    return redisUnavailable(this.address, 'the component is closed');
  }
}
