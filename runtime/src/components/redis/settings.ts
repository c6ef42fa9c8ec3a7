import type { ConnectionOptions } from 'node:tls';
import { type SettingsReader, settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';

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

/** A reader for Redis components: a duration without a unit is milliseconds, as upstream. */
export function redisReader(context: Pick<ComponentContext, 'metadata' | 'name'>): SettingsReader {
  return settingsReader(context, { bareDuration: 'milliseconds' });
}

/** Undefined when it is not set or negative, which is upstream's notation for none. */
export function durationOf(read: SettingsReader, entry: string): number | undefined {
  const ms = read.duration(entry, { min: -Infinity });
  return ms === undefined || ms < 0 ? undefined : ms;
}

/** Throws `componentSettingInvalid`. */
export function redisSettings(context: ComponentContext): RedisSettings {
  const read = redisReader(context);
  for (const entry of ['useEntraID', 'useAzureAD', 'useOIDC'])
    if (read.boolean(entry, false)) throw read.invalid(entry, 'false: this kind of login is not supported');
  const isSentinel = read.boolean('failover', false);
  const isCluster = read.oneOf('redisType', ['node', 'cluster'], 'node') === 'cluster';
  if (isSentinel && isCluster) throw read.invalid('redisType', 'node when failover is true');
  const nodes = nodesOf(read);
  const db = read.integer('redisDB', 0, { min: 0 });
  if (isCluster && db !== 0) throw read.invalid('redisDB', '0: a cluster has no other database');
  return {
    kind: isSentinel ? 'sentinel' : isCluster ? 'cluster' : 'node',
    nodes,
    address: nodes.map(({ host, port }) => `${host}:${port}`).join(', '),
    username: read.text('redisUsername') || undefined,
    password: read.secret('redisPassword') || undefined,
    db,
    ...(isSentinel ? { sentinel: sentinelOf(read) } : undefined),
    ...(read.boolean('enableTLS', false) ? { tls: tlsOf(read) } : undefined),
    dialTimeoutMs: Math.min(longestDialMs, durationOf(read, 'dialTimeout') || longestDialMs),
    readTimeoutMs: durationOf(read, 'readTimeout') || 3000,
  };
}

function sentinelOf(read: SettingsReader): RedisSettings['sentinel'] {
  return {
    masterName: read.required('sentinelMasterName', 'with failover, such as mymaster'),
    username: read.text('sentinelUsername') || undefined,
    password: read.secret('sentinelPassword') || undefined,
  };
}

function nodesOf(read: SettingsReader): RedisSettings['nodes'] {
  const hosts = read.required('redisHost', 'such as localhost:6379');
  const fallback = read.integer('redisPort', 6379, { min: 1 });
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

function tlsOf(read: SettingsReader): ConnectionOptions {
  const certificate = read.pair('clientCert', 'clientKey');
  return {
    rejectUnauthorized: !read.boolean('insecureSkipTLSVerify', false),
    ...(certificate === undefined ? undefined : { cert: certificate[0], key: certificate[1] }),
  };
}
