import type { Duplex } from 'node:stream';
import { connect, credentials } from 'amqplib';
import type { ChannelModel } from 'amqplib';
import { textOf } from '#core/errors.ts';
import type { RabbitSettings } from './settings.ts';

/** Less than a component's init timeout. */
const connectTimeoutMs = 4000;

/** Opens one connection. Rejects when no broker responds, or when it rejects the login. */
export function dial(settings: RabbitSettings): Promise<ChannelModel> {
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
export function dialFailureOf(cause: unknown): string {
  return cause instanceof AggregateError && cause.message === '' ? textOf(cause.errors[0]) : textOf(cause);
}

/** Drops a connection to an unresponsive broker, for which the driver has no method. */
export function destroySocket(model: ChannelModel, reason: Error): void {
  (model.connection as unknown as { readonly stream: Duplex }).stream.destroy(reason);
}
