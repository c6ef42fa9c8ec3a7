import type { ConnectionOptions } from 'node:tls';
import type { ComponentContext } from '#core/component.ts';
import { parseGoDuration } from '#core/duration.ts';

/** The metadata that all Redis components share, read once and complete. Times are milliseconds. */
export interface RedisSettings {
  readonly kind: 'node' | 'cluster' | 'sentinel';
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** Of the nodes, for messages; without a password. */
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  readonly sentinel?: { readonly masterName: string; readonly username?: string; readonly password?: string };
  readonly tls?: ConnectionOptions;
  readonly dialTimeoutMs: number;
  /** The longest wait for a due reply. */
  readonly readTimeoutMs: number;
}

const longestDialMs = 4000;

/** Throws an Error that names the entry, its value and what it should be. Keys are in lower case. */
export function redisSettings(context: ComponentContext): RedisSettings {
  const read = settingReader(context);
  for (const entry of ['useEntraID', 'useAzureAD', 'useOIDC'])
    if (read.boolean(entry)) throw read.invalid(entry, 'false: this kind of login is not supported');
  const isSentinel = read.boolean('failover');
  const isCluster = read.oneOf('redisType', ['node', 'cluster'], 'node') === 'cluster';
  if (isSentinel && isCluster) throw read.invalid('redisType', 'node when failover is true');
  const nodes = nodesOf(read);
  const masterName = read.text('sentinelMasterName');
  if (isSentinel && masterName === '') throw read.missing('sentinelMasterName', 'with failover, such as mymaster');
  const db = read.integer('redisDB', 0, 0);
  if (isCluster && db !== 0) throw read.invalid('redisDB', '0: a cluster has no other database');
  return {
    kind: isSentinel ? 'sentinel' : isCluster ? 'cluster' : 'node',
    nodes,
    address: nodes.map(({ host, port }) => `${host}:${port}`).join(', '),
    username: read.text('redisUsername') || undefined,
    password: read.text('redisPassword') || undefined,
    db,
    ...(isSentinel
      ? {
          sentinel: {
            masterName,
            username: read.text('sentinelUsername') || undefined,
            password: read.text('sentinelPassword') || undefined,
          },
        }
      : undefined),
    ...(read.boolean('enableTLS') ? { tls: tlsOf(read) } : undefined),
    dialTimeoutMs: Math.min(longestDialMs, read.duration('dialTimeout') || longestDialMs),
    readTimeoutMs: read.duration('readTimeout') || 3000,
  };
}

function nodesOf(read: SettingReader): RedisSettings['nodes'] {
  const hosts = read.text('redisHost');
  if (hosts === '') throw read.missing('redisHost', 'such as localhost:6379');
  const fallback = read.integer('redisPort', 6379, 1);
  const nodes = hosts
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      // [::1]:6379, ::1, host:6379, host
      const [, v6, v6Port, name, namePort] = /^(?:\[(.+)\](?::(\d+))?|([^:]+)(?::(\d+))?)$/.exec(part) ?? [];
      const host = v6 ?? name ?? (part.includes('::') ? part : undefined);
      const port = Number(v6Port ?? namePort ?? fallback);
      if (host === undefined || port < 1 || port > 65535) throw read.invalid('redisHost', 'host:port');
      return { host, port };
    });
  if (nodes.length === 0) throw read.invalid('redisHost', 'host:port');
  return nodes;
}

function tlsOf(read: SettingReader): ConnectionOptions {
  const [cert, key] = [read.text('clientCert'), read.text('clientKey')];
  if ((cert === '') !== (key === '')) throw read.missing(cert === '' ? 'clientCert' : 'clientKey', 'both are needed');
  return { rejectUnauthorized: !read.boolean('insecureSkipTLSVerify'), ...(cert === '' ? undefined : { cert, key }) };
}

export type SettingReader = ReturnType<typeof settingReader>;

/** Reads one entry after the other. A number as a duration means milliseconds, as upstream; a negative one is none. */
export function settingReader({ metadata, name }: Pick<ComponentContext, 'metadata' | 'name'>) {
  const text = (entry: string): string => metadata[entry.toLowerCase()] ?? '';
  const invalid = (entry: string, expected: string): Error =>
    new TypeError(`component ${name}: ${entry} is '${text(entry)}', it should be ${expected}`);
  return {
    text,
    invalid,
    missing: (entry: string, hint: string): Error => new TypeError(`component ${name}: ${entry} is missing, ${hint}`),
    boolean(entry: string): boolean {
      const value = text(entry).toLowerCase();
      if (/^(y|yes|t|true|on|1)$/.test(value)) return true;
      if (/^(|n|no|f|false|off|0)$/.test(value)) return false;
      throw invalid(entry, 'true or false');
    },
    oneOf<Choice extends string>(entry: string, choices: readonly Choice[], fallback: Choice): Choice {
      const value = text(entry).toLowerCase();
      if (value === '') return fallback;
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined) throw invalid(entry, `one of ${choices.join(', ')}`);
      return choice;
    },
    integer(entry: string, fallback: number, min: number): number {
      if (text(entry) === '') return fallback;
      const value = Number(text(entry));
      if (!Number.isSafeInteger(value) || value < min) throw invalid(entry, `an integer from ${min}`);
      return value;
    },
    /** Undefined when it is not given or negative, which is upstream's word for none. */
    duration(entry: string): number | undefined {
      const value = text(entry);
      if (value === '') return undefined;
      const ms = /^-?\d+$/.test(value) ? Number(value) : parseGoDuration(value);
      if (ms === undefined) throw invalid(entry, 'a duration such as 30s');
      return ms < 0 ? undefined : ms;
    },
  };
}
