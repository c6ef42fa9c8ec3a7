import { resolve } from 'node:path';
import { formatGoDuration, parseGoDuration } from '#core/duration.ts';
import { listedHost } from '#core/request-guard.ts';
import { configInvalid } from '../errors.ts';
import type { Environment } from './environment.ts';
import type { Flags } from './flags.ts';
import { defaultInternalPort, defaultRegistryDir } from './network-defaults.ts';
import { parseBytes } from './byte-size.ts';

export type AppProtocol = 'http' | 'https' | 'h2c' | 'grpc' | 'grpcs';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** The complete, frozen configuration of a sidecar. Read once from flags and environment. */
export interface SidecarConfig {
  readonly appId: string;
  /** Empty when `NAMESPACE` is not set. */
  readonly namespace: string;
  readonly podName: string;
  readonly app: {
    /** 0 when the app has no port. */
    readonly port: number;
    readonly protocol: AppProtocol;
    readonly address: string;
    /** Undefined for no limit. */
    readonly maxConcurrency?: number;
    readonly apiToken?: string;
    readonly health?: AppHealthConfig;
    /** Whether to request `/dapr/config` and `/dapr/subscribe` from the app. */
    readonly loadsConfig: boolean;
    readonly loadsSubscriptions: boolean;
    /** The timeout of the request whether the app listens to an input binding. */
    readonly bindingProbeMs: number;
  };
  /** 0 takes a free port. */
  readonly ports: {
    readonly http: number;
    readonly grpc: number;
    readonly internal: number;
    /** True when the internal port was not set, so that any free one may replace it. */
    readonly internalIsDerived: boolean;
    readonly public?: number;
    readonly metrics?: number;
  };
  /** An empty string means every address. */
  readonly listen: {
    readonly apis: readonly string[];
    readonly internal: string;
    readonly public: string;
    readonly metrics: string;
  };
  /** Absolute. Both APIs are sockets in this folder, and have no ports. */
  readonly socketsFolder?: string;
  /** The address at which others reach this machine; undefined leaves it to name resolution. */
  readonly hostAddress?: string;
  readonly registryDir: string;
  /** The address of upstream's placement service; empty when not set. Only whether it is set matters. */
  readonly placementAddress: string;
  /** The address of upstream's scheduler; empty when not set. Only whether it is set matters. */
  readonly schedulerAddress: string;
  /** The limit for draining actors that move. */
  readonly disseminateTimeoutMs: number;
  readonly resourcesPaths: readonly string[];
  readonly configPaths: readonly string[];
  readonly apiToken?: string;
  /** Empty disables CORS; `['*']` allows all. */
  readonly allowedOrigins: readonly string[];
  /** Allowed `Host` names of requests, normalised; undefined allows all. */
  readonly allowedHosts?: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** HTTP/2 without TLS beside HTTP/1.1. */
  readonly hasHttp2: boolean;
  /** How often resource files are read without a change notification. */
  readonly reconcileMs: number;
  readonly gracefulShutdownMs: number;
  readonly blockShutdownMs?: number;
  readonly apiLogging: boolean;
  readonly log: { readonly level: LogLevel; readonly asJson: boolean };
}

export interface AppHealthConfig {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly threshold: number;
}

/** Throws `configInvalid` with the reason. */
export function readConfig(flags: Flags, env: Environment): SidecarConfig {
  const appId = flags.text('app-id');
  if (appId === '') throw configInvalid('parameter app-id cannot be empty: start with --app-id NAME');
  if (appId.includes('.')) throw configInvalid(`parameter app-id cannot contain dots: ${appId}`);
  if (flags.text('mode') !== 'standalone')
    throw configInvalid('--mode kubernetes is not supported yet: use standalone');
  const internalPort = flags.text('dapr-internal-grpc-port');
  const skippedEndpoints = flags.text('disable-init-endpoints').split(',').map(trimmed);
  return freezeDeep({
    appId,
    namespace: env['NAMESPACE'] ?? '',
    podName: env['POD_NAME'] ?? '',
    app: {
      port: port(flags, 'app-port') ?? 0,
      protocol: appProtocol(flags),
      address: flags.text('app-channel-address') || '127.0.0.1',
      ...optional('maxConcurrency', positive(flags.integer('app-max-concurrency'))),
      ...optional('apiToken', env['APP_API_TOKEN'] || undefined),
      ...optional('health', flags.isOn('enable-app-health-check') ? appHealth(flags) : undefined),
      loadsConfig: !skippedEndpoints.includes('config'),
      loadsSubscriptions: !skippedEndpoints.includes('subscribe'),
      bindingProbeMs: duration(flags, 'app-binding-options-timeout') ?? 3000,
    },
    ports: {
      http: port(flags, 'dapr-http-port') ?? 3500,
      grpc: port(flags, 'dapr-grpc-port') ?? 50001,
      internal: port(flags, 'dapr-internal-grpc-port') ?? defaultInternalPort(appId),
      internalIsDerived: internalPort === '',
      ...optional('public', port(flags, 'dapr-public-port')),
      ...optional('metrics', flags.isOn('enable-metrics') ? (port(flags, 'metrics-port') ?? 9090) : undefined),
    },
    listen: {
      apis: addresses(flags.text('dapr-listen-addresses')),
      internal: anyAddress(flags.text('dapr-internal-grpc-listen-address') || '127.0.0.1'),
      public: anyAddress(flags.text('dapr-public-listen-address')),
      metrics: anyAddress(flags.text('metrics-listen-address')),
    },
    ...optional('socketsFolder', folder(flags, 'unix-domain-socket')),
    ...optional('hostAddress', env['DAPR_HOST_IP'] || undefined),
    registryDir: env['OUTRIGGER_REGISTRY_DIR'] || defaultRegistryDir(env),
    placementAddress: hostAddress(flags, 'placement-host-address'),
    schedulerAddress: hostAddress(flags, 'scheduler-host-address'),
    disseminateTimeoutMs: positiveDuration(flags, 'actors-disseminate-timeout', 30_000),
    resourcesPaths: [...flags.list('resources-path'), ...flags.list('components-path')],
    configPaths: flags.list('config'),
    ...optional('apiToken', env['DAPR_API_TOKEN'] || undefined),
    allowedOrigins: flags.text('allowed-origins').split(',').map(trimmed).filter(Boolean),
    ...optional('allowedHosts', allowedHosts(env)),
    maxBodyBytes: size(flags, 'max-body-size', 'dapr-http-max-request-size', 1024 ** 2),
    maxHeaderBytes: size(flags, 'read-buffer-size', 'dapr-http-read-buffer-size', 1024),
    hasHttp2: !isTruthy(env['DAPR_HTTP_DISABLE_H2C']),
    reconcileMs: duration(flags, 'hot-reload-reconcile-interval') || 60_000,
    gracefulShutdownMs: Math.max(0, flags.integer('dapr-graceful-shutdown-seconds')) * 1000,
    ...optional('blockShutdownMs', duration(flags, 'dapr-block-shutdown-duration')),
    apiLogging: flags.isOn('enable-api-logging'),
    log: { level: logLevel(flags.text('log-level')), asJson: flags.isOn('log-as-json') },
  });
}

function allowedHosts(env: Environment): readonly string[] | undefined {
  const text = env['OUTRIGGER_ALLOWED_HOSTS'] ?? '';
  if (text === '') return undefined;
  const names = text.split(',').map(trimmed).filter(Boolean);
  const hosts = names.map((name) => {
    const host = name.includes('*') ? undefined : listedHost(name);
    if (host === undefined)
      throw configInvalid(
        `OUTRIGGER_ALLOWED_HOSTS: ${name} is not a host name: list names such as 127.0.0.1,localhost`,
      );
    return host;
  });
  if (hosts.length === 0)
    throw configInvalid('OUTRIGGER_ALLOWED_HOSTS names no host: list names such as 127.0.0.1,localhost, or unset it');
  return hosts;
}

/** As the reference reads booleans in the environment. */
function isTruthy(text: string | undefined): boolean {
  return /^(y|yes|true|t|on|1)$/i.test(text?.trim() ?? '');
}

function trimmed(text: string): string {
  return text.trim();
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

function positive(value: number): number | undefined {
  return value > 0 ? value : undefined;
}

function port(flags: Flags, name: string): number | undefined {
  const text = flags.text(name).trim();
  if (text === '') return undefined;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value > 65535) throw configInvalid(`--${name} is not a port: ${text}`);
  return Math.max(0, value);
}

function appProtocol(flags: Flags): AppProtocol {
  const text = flags.text('app-protocol').toLowerCase() || 'http';
  const protocol = (['http', 'https', 'h2c', 'grpc', 'grpcs'] as const).find((candidate) => candidate === text);
  if (!protocol) throw configInvalid(`--app-protocol ${text} is unknown: use http, https, h2c, grpc or grpcs`);
  if (!flags.isOn('app-ssl')) return protocol;
  return protocol === 'http' ? 'https' : protocol === 'grpc' ? 'grpcs' : protocol;
}

/** Scripts may leave quotes or blanks around an address. */
function hostAddress(flags: Flags, flag: string): string {
  return flags.text(flag).replace(/[\s'"]/g, '');
}

function appHealth(flags: Flags): AppHealthConfig {
  const path = flags.text('app-health-check-path') || '/healthz';
  return {
    path: path.startsWith('/') ? path : `/${path}`,
    intervalMs: (positive(flags.integer('app-health-probe-interval')) ?? 5) * 1000,
    timeoutMs: positive(flags.integer('app-health-probe-timeout')) ?? 500,
    threshold: positive(flags.integer('app-health-threshold')) ?? 3,
  };
}

function addresses(text: string): readonly string[] {
  const listed = text.split(',').map(anyAddress).filter(Boolean);
  return listed.length > 0 ? [...new Set(listed)] : [''];
}

/** Removes the brackets of `[::1]`; wildcard addresses become the empty string, which listens on both families. */
function anyAddress(text: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, '$1');
  return host === '0.0.0.0' || host === '::' ? '' : host;
}

function size(flags: Flags, name: string, legacyName: string, legacyUnit: number): number {
  if (flags.isSet(legacyName) && !flags.isSet(name))
    return Math.max(0, flags.integer(legacyName)) * legacyUnit || 2 ** 31;
  const bytes = parseBytes(flags.text(name));
  if (bytes === undefined) throw configInvalid(`--${name} is not a size such as 4Mi: ${flags.text(name)}`);
  return bytes;
}

function folder(flags: Flags, name: string): string | undefined {
  const text = flags.text(name).trim();
  return text === '' ? undefined : resolve(text);
}

function duration(flags: Flags, name: string): number | undefined {
  const text = flags.text(name);
  if (text === '') return undefined;
  const ms = parseGoDuration(text);
  if (ms === undefined) throw configInvalid(`--${name} is not a duration such as 5s: ${text}`);
  return ms;
}

/** A duration that is not positive is the reference's error. */
function positiveDuration(flags: Flags, name: string, fallback: number): number {
  const ms = duration(flags, name) ?? fallback;
  if (ms <= 0) throw configInvalid(`invalid value for '${name}' option: must be positive, got ${formatGoDuration(ms)}`);
  return ms;
}

function logLevel(text: string): LogLevel {
  const level = (['debug', 'info', 'warn', 'error', 'fatal'] as const).find(
    (candidate) => candidate === text.toLowerCase(),
  );
  if (level) return level;
  if (text.toLowerCase() === 'warning') return 'warn';
  throw configInvalid(`--log-level ${text} is unknown: use debug, info, warn, error or fatal`);
}

function freezeDeep<T extends object>(value: T): T {
  for (const part of Object.values(value) as unknown[]) if (typeof part === 'object' && part !== null) freezeDeep(part);
  return Object.freeze(value);
}
