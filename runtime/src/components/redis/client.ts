import { Cluster, Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { RedisSettings } from './settings.ts';

/** One server or a cluster: the commands are the same. `xclaimBuffer` is missing in the driver's types. */
export type RedisClient = (Redis | Cluster) & {
  xclaimBuffer(...parts: readonly (string | number)[]): Promise<readonly unknown[]>;
};

interface ClientOptions {
  readonly connectionName: string;
  readonly retryDelayMs: (attempt: number) => number;
  readonly readTimeoutMs: number;
  readonly isPipelined: boolean;
}

/** The driver's client, not connected yet. It reconnects automatically and never sends a command twice. */
export function redisClient(settings: RedisSettings, options: ClientOptions): RedisClient {
  return clientFor(settings, options) as RedisClient;
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
