import type { ConnectionOptions } from 'node:tls';
import { type SettingsReader, settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';

/** The connection settings of a broker, read once and complete. */
export interface RabbitSettings {
  /** `host:port`, for messages. */
  readonly address: string;
  readonly hostname: string;
  readonly port: number;
  readonly vhost: string;
  readonly username: string;
  readonly password: string;
  /** Log in with the client certificate (SASL EXTERNAL). */
  readonly isExternal: boolean;
  /** Undefined for `amqp://`. */
  readonly tls: ConnectionOptions | undefined;
  readonly connectionName: string;
  /** 0: no heartbeats. */
  readonly heartbeatSeconds: number;
  /** The longest pause between two attempts to connect. */
  readonly reconnectWaitMs: number;
}

export interface BrokerAddress {
  readonly protocol: 'amqp' | 'amqps';
  readonly hostname: string;
  readonly port: number;
  readonly vhost: string;
  readonly username: string;
  readonly password: string;
}

/** A reader for RabbitMQ components: a duration without a unit is seconds, as upstream. */
export function rabbitReader(context: Pick<ComponentContext, 'metadata' | 'name'>): SettingsReader {
  return settingsReader(context, { bareDuration: 'seconds' });
}

/** The settings that do not depend on the kind of component. */
export function connectionSettings(
  read: SettingsReader,
  { protocol, ...address }: BrokerAddress,
  { appId, isExternal, reconnectWaitMs }: { appId: string; isExternal: boolean; reconnectWaitMs: number },
): RabbitSettings {
  const tls = tlsOf(read);
  return {
    ...address,
    address: `${address.hostname}:${address.port}`,
    isExternal: isExternal && protocol === 'amqps',
    tls: protocol === 'amqps' ? tls : undefined,
    connectionName: read.text('clientName', `outrigger-${appId}`),
    heartbeatSeconds: Math.ceil((read.duration('heartBeat') ?? 10_000) / 1000),
    reconnectWaitMs,
  };
}

/** Missing parts have the defaults of RabbitMQ's clients. Throws an Error that never contains the password. */
export function parseConnectionString(entry: string, text: string): BrokerAddress {
  const invalid = (reason: string): Error =>
    new TypeError(`${entry} ${reason}, it should look like amqp://user:password@localhost:5672/vhost`);
  if (/\s/.test(text) || !URL.canParse(text)) throw invalid('is not a URL');
  const url = new URL(text);
  const protocol = url.protocol === 'amqp:' ? 'amqp' : url.protocol === 'amqps:' ? 'amqps' : undefined;
  if (protocol === undefined) throw invalid(`begins with ${url.protocol}//`);
  const decoded = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw invalid('has a % that does not begin an escape');
    }
  };
  const authority = /^[^/]*\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
  const hasPassword = /^[^@]*:.*@/.test(authority);
  return {
    protocol,
    hostname: decoded(url.hostname).replace(/^\[|\]$/g, '') || 'localhost',
    port: url.port === '' ? (protocol === 'amqp' ? 5672 : 5671) : Number(url.port),
    vhost: decoded(url.pathname.slice(1)) || '/',
    username: authority.includes('@') ? decoded(url.username) : 'guest',
    password: hasPassword ? decoded(url.password) : 'guest',
  };
}

/** The three TLS entries. Without them `amqps` verifies the broker with the system's certificate authorities. */
function tlsOf(read: SettingsReader): ConnectionOptions {
  const pem = (entry: string): string => {
    const text = read.secret(entry);
    if (text !== '' && !text.includes('-----BEGIN ')) throw read.invalid(entry, 'PEM text');
    return text;
  };
  const [ca, cert, key] = [pem('caCert'), pem('clientCert'), pem('clientKey')];
  return { ...(ca === '' ? {} : { ca }), ...(cert === '' || key === '' ? {} : { cert, key }) };
}
