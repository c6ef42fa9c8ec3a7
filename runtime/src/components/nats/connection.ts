import { connect, jwtAuthenticator, tokenAuthenticator, usernamePasswordAuthenticator } from '@nats-io/transport-node';
import type { Authenticator, NatsConnection, NodeConnectionOptions, PublishOptions } from '@nats-io/transport-node';
import { waitUpTo } from '#core/wait-up-to.ts';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { UrlLogin } from './server-urls.ts';
import type { JetStreamSettings } from './settings.ts';

/** One connection, which reconnects automatically until it is closed. */
export interface NatsLink {
  readonly nats: NatsConnection;
  isUp(): boolean;
  /**
   * Sends everything that is sent in one turn of the event loop in one write: with many callers the system call is the
   * largest cost. `failed` is called when the message cannot be written.
   */
  send(subject: string, data: Uint8Array, options?: PublishOptions, failed?: (error: Error) => void): void;
  /** Calls `listener` after each reconnect. Returns a function that removes it. */
  onReconnect(listener: () => void): () => void;
  /** Resolves when the server has received everything that was sent. */
  flush(): Promise<void>;
  /** Flushes, waiting at most two seconds, and closes. */
  close(): Promise<void>;
}

/** The time that a starting server gets; then the component fails with a clear message. */
const firstConnectTimeoutMs = 4500;
const reconnectWaitMs = 250;

/** Rejects when no server responds in time, or at once when a server rejects the login. */
export async function openLink(context: ComponentContext, settings: JetStreamSettings): Promise<NatsLink> {
  const { log, name } = context;
  const nats = await firstConnection(context, settings);
  const listeners = new Set<() => void>();
  let isUp = true;
  let outgoing: (() => void)[] = [];

  const writeAll = (): void => {
    const writes = outgoing;
    outgoing = [];
    for (const write of writes) write();
  };

  const flush = (): Promise<void> => {
    writeAll();
    return nats.flush();
  };

  const watch = async (): Promise<void> => {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') {
        if (isUp) log.warn({ component: name, server: status.server }, 'NATS connection lost, will reconnect');
        isUp = false;
      } else if (status.type === 'reconnect') {
        isUp = true;
        log.info({ component: name, server: status.server }, 'NATS connection restored');
        for (const listener of listeners) listener();
      } else if (status.type === 'error') {
        log.warn({ component: name, error: status.error.message }, 'NATS reported an error');
      }
    }
  };
  const watching = watch();
  void nats.closed().then((error) => {
    isUp = false;
    if (error) log.error({ component: name, error: error.message }, 'NATS connection closed');
  });

  return {
    nats,
    isUp: () => isUp,
    send(subject, data, options, failed) {
      if (outgoing.length === 0) setImmediate(writeAll);
      outgoing.push(() => {
        try {
          nats.publish(subject, data, options);
        } catch (cause) {
          failed?.(new Error(textOf(cause), { cause }));
        }
      });
    },
    onReconnect(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    flush,
    async close() {
      if (isUp) await waitUpTo(context.clock, 2000, flush());
      await nats.close();
      await watching;
    },
  };
}

async function firstConnection(context: ComponentContext, settings: JetStreamSettings): Promise<NatsConnection> {
  const { clock, name } = context;
  const giveUpAt = clock.monotonic() + firstConnectTimeoutMs;
  for (;;) {
    try {
      return await connect(optionsOf(settings));
    } catch (cause) {
      const isLoginError = /authorization|authentication|permission/i.test(textOf(cause));
      if (!isLoginError && clock.monotonic() + reconnectWaitMs < giveUpAt) {
        await sleep(clock, reconnectWaitMs);
        continue;
      }
      const where = settings.servers.join(', ');
      const advice = isLoginError ? 'check the login in its metadata' : 'is the server running and natsURL right?';
      throw new Error(`component ${name}: no NATS connection to ${where}: ${textOf(cause)} (${advice})`, { cause });
    }
  }
}

function optionsOf(settings: JetStreamSettings): NodeConnectionOptions {
  const { login, urlLogin } = settings;
  const options: NodeConnectionOptions = {
    servers: [...settings.servers],
    name: settings.connectionName,
    timeout: 2000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: 100,
    ignoreAuthErrorAbort: true,
    pingInterval: 20_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
  const url = urlLogin ? [authenticatorOf(urlLogin)] : [];
  switch (login.kind) {
    case 'none':
      return { ...options, authenticator: url };
    case 'token':
      return { ...options, authenticator: urlLogin ? url : tokenAuthenticator(login.token) };
    case 'jwt': {
      const jwt = jwtAuthenticator(login.jwt, new TextEncoder().encode(login.seed));
      return { ...options, authenticator: [jwt, ...url] };
    }
    case 'tls': {
      const isText = login.cert.includes('-----BEGIN');
      const tls = isText ? { cert: login.cert, key: login.key } : { certFile: login.cert, keyFile: login.key };
      return { ...options, tls, authenticator: url };
    }
  }
}

function authenticatorOf(login: UrlLogin): Authenticator {
  return login.kind === 'token'
    ? tokenAuthenticator(login.token)
    : usernamePasswordAuthenticator(login.user, login.password);
}
