import type { Channel, ChannelModel } from 'amqplib';
import { backoffPause } from '#core/backoff.ts';
import { ConditionWaiters } from '#core/condition-waiters.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { ComponentContext } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { LogFields } from '#core/log.ts';
import { destroySocket, dial, dialFailureOf } from './dial.ts';
import { rabbitUnavailable } from './errors.ts';
import type { RabbitSettings } from './settings.ts';

/** One connection, which reconnects automatically until it is closed. */
export interface RabbitLink {
  readonly address: string;
  /** The open connection. Rejects with `rabbitUnavailable` when there is none by `deadline` (monotonic). */
  connected(deadline: number): Promise<ChannelModel>;
  /** Resolves when the broker accepts messages: it blocks publishers when it is short of memory or disk. */
  unblocked(deadline: number): Promise<void>;
  /** The result of a request on that connection. The connection is closed when the broker does not respond in time. */
  request<T>(model: ChannelModel, send: () => Promise<T>): Promise<T>;
  /** Afterwards everything rejects. Takes at most two seconds. */
  close(): Promise<void>;
}

/**
 * Declares on a separate channel, since the broker closes a channel after a rejected declaration. Rejects with the broker's
 * reply.
 */
export function declareOn(link: RabbitLink, model: ChannelModel, declare: (channel: Channel) => Promise<void>) {
  return link.request(model, async () => {
    const channel = await model.createChannel();
    channel.on('error', () => {});
    try {
      await declare(channel);
    } finally {
      await channel.close().catch(() => {});
    }
  });
}

type LinkContext = Pick<ComponentContext, 'clock' | 'log' | 'random' | 'name'>;

const requestTimeoutMs = 10_000;
const closeTimeoutMs = 2000;
const firstReconnectMs = 200;

/** Rejects when no broker responds, or when it rejects the login. */
export async function openRabbit(context: LinkContext, settings: RabbitSettings): Promise<RabbitLink> {
  const first = await dial(settings).catch((cause: unknown) => {
    throw withCause(rabbitUnavailable(settings.address, dialFailureOf(cause)), cause);
  });
  return new ReconnectingLink(context, settings, first);
}

class ReconnectingLink implements RabbitLink {
  readonly address: string;
  readonly #context: LinkContext;
  readonly #settings: RabbitSettings;
  readonly #logFields: LogFields;
  readonly #closing = new AbortController();
  readonly #callers: ConditionWaiters;
  readonly #reconnecting: Promise<void>;
  #model: ChannelModel | undefined;
  #blockedReason: string | undefined;
  #lastError = 'no response';

  constructor(context: LinkContext, settings: RabbitSettings, first: ChannelModel) {
    this.address = settings.address;
    this.#context = context;
    this.#settings = settings;
    this.#logFields = { component: context.name, broker: settings.address };
    this.#callers = new ConditionWaiters(context.clock);
    this.#reconnecting = this.#reconnectUntilClosed(first);
  }

  async connected(deadline: number): Promise<ChannelModel> {
    this.#throwIfClosed();
    const unavailable = (): Error => rabbitUnavailable(this.address, this.#lastError);
    await this.#callers.until(() => this.#model !== undefined, deadline, unavailable);
    if (this.#model === undefined) throw unavailable();
    return this.#model;
  }

  async unblocked(deadline: number): Promise<void> {
    this.#throwIfClosed();
    const stillBlocked = (): Error => rabbitUnavailable(this.address, `it blocks publishers: ${this.#blockedReason}`);
    await this.#callers.until(() => this.#blockedReason === undefined, deadline, stillBlocked);
  }

  request<T>(model: ChannelModel, send: () => Promise<T>): Promise<T> {
    return withTimeout(this.#context.clock, requestTimeoutMs, send, () => {
      const late = new Error(`no response within ${requestTimeoutMs / 1000} s`);
      destroySocket(model, late);
      return late;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the component is closed'));
    this.#callers.rejectAll(this.#closedError());
    if (this.#model !== undefined) await this.#closeConnection(this.#model);
    await waitUpTo(this.#context.clock, closeTimeoutMs, this.#reconnecting);
  }

  async #reconnectUntilClosed(first: ChannelModel): Promise<void> {
    const { signal } = this.#closing;
    const backoff = { firstMs: firstReconnectMs, maxMs: this.#settings.reconnectWaitMs };
    let opened: ChannelModel | undefined = first;
    for (let failures = 0; !signal.aborted; failures++) {
      if (opened !== undefined) {
        await this.#untilLost(opened);
        failures = 0;
      }
      await backoffPause(this.#context, failures + 1, backoff, signal);
      if (signal.aborted) return;
      opened = await dial(this.#settings).catch((cause: unknown) => {
        this.#lastError = dialFailureOf(cause);
        return undefined;
      });
      if (opened === undefined) continue;
      if (signal.aborted) return await this.#closeConnection(opened);
      this.#context.log.info(this.#logFields, 'RabbitMQ connection restored');
    }
  }

  /** Uses this connection; resolves when it has ended. */
  #untilLost(opened: ChannelModel): Promise<void> {
    const { log } = this.#context;
    return new Promise((resolve) => {
      opened.on('error', (cause: Error) => (this.#lastError = textOf(cause)));
      opened.on('blocked', (reason: string) => {
        this.#blockedReason = reason || 'no reason given';
        log.warn({ ...this.#logFields, reason }, 'RabbitMQ blocks publishers, publishing waits');
      });
      opened.on('unblocked', () => {
        this.#blockedReason = undefined;
        log.info(this.#logFields, 'RabbitMQ no longer blocks publishers');
        this.#callers.recheck();
      });
      opened.once('close', (cause?: Error) => {
        if (cause !== undefined) this.#lastError = textOf(cause);
        this.#model = undefined;
        this.#blockedReason = undefined;
        if (!this.#closing.signal.aborted)
          log.warn({ ...this.#logFields, error: this.#lastError }, 'RabbitMQ connection lost, will reconnect');
        resolve();
      });
      this.#model = opened;
      this.#callers.recheck();
    });
  }

  async #closeConnection(opened: ChannelModel): Promise<void> {
    await waitUpTo(this.#context.clock, closeTimeoutMs, opened.close());
    // with an error: otherwise the driver would not notice, and continue its heartbeats
    destroySocket(opened, new Error('the component is closed'));
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw this.#closedError();
  }

  #closedError(): Error {
    return rabbitUnavailable(this.address, 'the component is closed');
  }
}
