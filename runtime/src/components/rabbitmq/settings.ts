import type { ConnectionOptions } from 'node:tls';
import type { ComponentContext } from '#core/component.ts';
import { parseGoDuration } from '#core/duration.ts';

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
export function tlsOf(read: SettingReader): ConnectionOptions {
  const pem = (entry: string): string => {
    const text = read.text(entry);
    if (text !== '' && !text.includes('-----BEGIN ')) throw new TypeError(`invalid ${entry}: it must be PEM text`);
    return text;
  };
  const [ca, cert, key] = [pem('caCert'), pem('clientCert'), pem('clientKey')];
  return { ...(ca === '' ? {} : { ca }), ...(cert === '' || key === '' ? {} : { cert, key }) };
}

export type SettingReader = ReturnType<typeof settingReader>;

/** Reads one entry after the other. A bare number as a duration means seconds, as upstream. */
export function settingReader({ metadata, name }: Pick<ComponentContext, 'metadata' | 'name'>) {
  const text = (entry: string): string => metadata[entry.toLowerCase()] ?? '';
  const invalid = (entry: string, expected: string): Error =>
    new TypeError(`component ${name}: ${entry} is '${text(entry)}', it should be ${expected}`);
  return {
    text,
    invalid,
    missing: (entry: string, hint: string): Error => new TypeError(`component ${name}: ${entry} is missing, ${hint}`),
    boolean(entry: string, fallback: boolean): boolean {
      const value = text(entry).toLowerCase();
      if (value === '') return fallback;
      if (/^(y|yes|t|true|on|1)$/.test(value)) return true;
      if (/^(n|no|f|false|off|0)$/.test(value)) return false;
      throw invalid(entry, 'true or false');
    },
    oneOf<Choice extends string>(entry: string, choices: readonly Choice[], fallback: Choice): Choice {
      const value = text(entry).toLowerCase();
      if (value === '') return fallback;
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined) throw invalid(entry, `one of ${choices.join(', ')}`);
      return choice;
    },
    integer(entry: string, fallback: number, max = Number.MAX_SAFE_INTEGER): number {
      if (text(entry) === '') return fallback;
      const value = Number(text(entry));
      if (!Number.isSafeInteger(value) || value < 0 || value > max)
        throw invalid(entry, max === Number.MAX_SAFE_INTEGER ? 'an integer from 0' : `a number from 0 to ${max}`);
      return value;
    },
    milliseconds(entry: string, fallback: number): number {
      const value = text(entry);
      if (value === '') return fallback;
      const ms = parseGoDuration(value) ?? (/^\d+$/.test(value) ? Number(value) * 1000 : undefined);
      if (ms === undefined || ms < 0) throw invalid(entry, 'a duration such as 10s, or seconds');
      return ms;
    },
  };
}
