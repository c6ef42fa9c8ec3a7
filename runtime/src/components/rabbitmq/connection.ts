import type { Duplex } from 'node:stream';
import { connect, credentials } from 'amqplib';
import type { Channel, ChannelModel } from 'amqplib';
import { backoffDelay, withJitter } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf, withCause } from '#core/errors.ts';
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

/** Less than a component's init timeout. */
const connectTimeoutMs = 4000;
const requestTimeoutMs = 10_000;
const closeTimeoutMs = 2000;
const firstReconnectMs = 200;

/** Rejects when no broker responds, or when it rejects the login. */
export async function openRabbit(
  { clock, log, random, name }: Pick<ComponentContext, 'clock' | 'log' | 'random' | 'name'>,
  settings: RabbitSettings,
): Promise<RabbitLink> {
  const { address } = settings;
  const closing = new AbortController();
  const { signal } = closing;
  const watchers = new Set<() => void>();
  let model: ChannelModel | undefined;
  let blockedReason: string | undefined;
  let lastError = 'no response';

  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };

  /** Resolves when `isReady`, which is checked after each change of the connection. */
  const until = (isReady: () => boolean, deadline: number, late: () => Error): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        watchers.delete(check);
        cancel();
        finish();
      };
      const check = (): void => {
        if (signal.aborted) settle(() => reject(rabbitUnavailable(address, 'the component is closed')));
        else if (isReady()) settle(resolve);
      };
      const cancel = clock.after(deadline - clock.monotonic(), () => settle(() => reject(late())));
      watchers.add(check);
      check();
    });

  /** Resolves when the connection has ended. */
  const untilClosed = (opened: ChannelModel): Promise<void> =>
    new Promise((resolve) => {
      opened.on('error', (cause: Error) => (lastError = textOf(cause)));
      opened.on('blocked', (reason: string) => {
        blockedReason = reason || 'no reason given';
        log.warn({ component: name, broker: address, reason }, 'RabbitMQ blocks publishers, publishing waits');
      });
      opened.on('unblocked', () => {
        blockedReason = undefined;
        log.info({ component: name, broker: address }, 'RabbitMQ no longer blocks publishers');
        changed();
      });
      opened.once('close', (cause?: Error) => {
        if (cause !== undefined) lastError = textOf(cause);
        model = undefined;
        blockedReason = undefined;
        if (!signal.aborted)
          log.warn({ component: name, broker: address, error: lastError }, 'RabbitMQ connection lost, will reconnect');
        resolve();
      });
      model = opened;
      changed();
    });

  const reconnectUntilClosed = async (first: ChannelModel): Promise<void> => {
    let opened: ChannelModel | undefined = first;
    for (let failures = 0; !signal.aborted; failures++) {
      if (opened !== undefined) {
        await untilClosed(opened);
        failures = 0;
      }
      const pauseMs = withJitter(
        backoffDelay(failures + 1, { firstMs: firstReconnectMs, maxMs: settings.reconnectWaitMs }),
        random,
      );
      await sleep(clock, pauseMs, signal).catch(() => {});
      if (signal.aborted) return;
      opened = await dial(settings).catch((cause: unknown) => {
        lastError = reasonOf(cause);
        return undefined;
      });
      if (opened === undefined) continue;
      if (signal.aborted) return await closeConnection(opened);
      log.info({ component: name, broker: address }, 'RabbitMQ connection restored');
    }
  };

  const closeConnection = async (opened: ChannelModel): Promise<void> => {
    await waitUpTo(clock, closeTimeoutMs, opened.close());
    // with an error: otherwise the driver would not notice, and continue its heartbeats
    socketOf(opened).destroy(new Error('the component is closed'));
  };

  const first = await dial(settings).catch((cause: unknown) => {
    throw withCause(rabbitUnavailable(address, reasonOf(cause)), cause);
  });
  const reconnecting = reconnectUntilClosed(first);

  return {
    address,
    async connected(deadline) {
      await until(
        () => model !== undefined,
        deadline,
        () => rabbitUnavailable(address, lastError),
      );
      if (model === undefined) throw rabbitUnavailable(address, lastError);
      return model;
    },
    unblocked: (deadline) =>
      until(
        () => blockedReason === undefined,
        deadline,
        () => rabbitUnavailable(address, `it blocks publishers: ${blockedReason}`),
      ),
    request: (opened, send) =>
      withTimeout(clock, requestTimeoutMs, send, () => {
        const late = new Error(`no response within ${requestTimeoutMs / 1000} s`);
        socketOf(opened).destroy(late);
        return late;
      }),
    async close() {
      closing.abort(new Error('the component is closed'));
      changed();
      if (model !== undefined) await closeConnection(model);
      await waitUpTo(clock, closeTimeoutMs, reconnecting);
    },
  };
}

function dial(settings: RabbitSettings): Promise<ChannelModel> {
  const { hostname, port, vhost, username, password, isExternal, tls, heartbeatSeconds, connectionName } = settings;
  return connect(
    { protocol: tls === undefined ? 'amqp' : 'amqps', hostname, port, vhost, heartbeat: heartbeatSeconds },
    {
      ...tls,
      credentials: isExternal ? credentials.external() : credentials.plain(username, password),
      clientProperties: { connection_name: connectionName },
      timeout: connectTimeoutMs,
      noDelay: true,
      keepAlive: true,
    },
  );
}

/** A host name with several addresses fails with one error for each, without a message. */
function reasonOf(cause: unknown): string {
  return cause instanceof AggregateError && cause.message === '' ? textOf(cause.errors[0]) : textOf(cause);
}

/** The driver has no method to drop a connection to an unresponsive broker. */
function socketOf(model: ChannelModel): Duplex {
  return (model.connection as unknown as { readonly stream: Duplex }).stream;
}
