import { readFile } from 'node:fs/promises';
import { parseGoDuration } from '#core/duration.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { AccessRules } from '#core/access-rules.ts';
import type { SecretScope } from '#core/resource.ts';
import { accessRulesOf } from './access-control.ts';
import type { Environment } from '../config/environment.ts';
import { configInvalid } from '../errors.ts';
import { readYaml } from './yaml-reader.ts';
import type { YamlValue } from './yaml-reader.ts';

/** One entry of the API allow-list: the group `name` of one version, for one protocol or both. */
export interface ApiRule {
  readonly name: string;
  readonly version: string;
  /** Empty means both protocols. */
  readonly protocol: string;
}

export interface MetricsConfig {
  readonly isOn: boolean;
  /** Whether errors are counted by their codes. */
  readonly countsErrorCodes?: boolean;
  readonly http: {
    readonly increasedCardinality: boolean;
    readonly pathMatching: readonly string[];
    readonly excludeVerbs: boolean;
  };
  /** Milliseconds; undefined uses the reference's buckets. */
  readonly latencyBuckets?: readonly number[];
}

/** One step of a pipeline: the name and the type (lower case) of a middleware component. */
export interface PipelineStep {
  readonly name: string;
  readonly type: string;
  readonly version: string;
}

/** Where traces are exported to. */
export interface TracingConfig {
  /** URL of a Zipkin collector. */
  readonly zipkin?: string;
  readonly toStdout: boolean;
  /** Resource attributes of this process, beside its service name. */
  readonly resource?: Readonly<Record<string, string>>;
  readonly otel?: {
    /** `host:port`, or a URL. */
    readonly address: string;
    readonly isSecure: boolean;
    readonly isGrpc: boolean;
    readonly headers: Readonly<Record<string, string>>;
  };
  readonly timeoutMs: number;
}

/** The supported parts of the Configuration resource. */
export interface Configuration {
  /** The fraction of new traces that is sampled: 0 to 1. */
  readonly samplingRate: number;
  readonly tracing: TracingConfig;
  readonly metrics: MetricsConfig;
  /** The metrics part as written, as JSON, for the log. */
  readonly metricSpec: string;
  readonly secretScopes: readonly SecretScope[];
  readonly api: { readonly allowed: readonly ApiRule[]; readonly denied: readonly ApiRule[] };
  readonly nameResolution?: {
    readonly component: string;
    readonly version: string;
    readonly configuration: Readonly<Record<string, unknown>>;
  };
  readonly features: ReadonlyMap<string, boolean>;
  /** `type` or `type/version`, lower case. */
  readonly deniedComponents: readonly string[];
  readonly apiLogging: {
    /** Undefined leaves it to the flag. */
    readonly isOn: boolean | undefined;
    readonly obfuscatesUrls: boolean;
    readonly omitsHealthChecks: boolean;
  };
  /** The middleware of API requests, in order. */
  readonly httpPipeline: readonly PipelineStep[];
  /** The middleware of calls into the app. */
  readonly appHttpPipeline: readonly PipelineStep[];
  /** Undefined when every app may call. */
  readonly accessRules?: AccessRules;
  /** Configured parts that have no effect yet. */
  readonly withoutEffect: readonly string[];
}

/**
 * Reads and merges the files: later ones override, key by key. Of several Configurations in one file the first is used,
 * as on the reference. Throws `configInvalid` or `resourceInvalid`.
 */
export async function readConfiguration(files: readonly string[], env: Environment): Promise<Configuration> {
  const texts = await Promise.all(files.map(readConfigFile));
  const specs = files.flatMap((file, i) =>
    readYaml(file, expand(texts[i] ?? '', env))
      .filter((document) => document.at('kind')?.text() === 'Configuration')
      .slice(0, 1)
      .flatMap((document) => document.at('spec') ?? []),
  );
  const last = (key: string): YamlValue | undefined => specs.findLast((spec) => spec.at(key))?.at(key);
  const nameResolution = last('nameResolution');
  const apiLogging = last('logging')?.at('apiLogging');
  const accessRules = accessRulesOf(last('accessControl'));
  return {
    samplingRate: samplingRate(last('tracing')?.at('samplingRate')),
    tracing: tracingOf(last('tracing'), env),
    metrics: metricsOf(last('metrics') ?? last('metric')),
    metricSpec: JSON.stringify({ enabled: true, ...asRecord((last('metrics') ?? last('metric'))?.plain()) }),
    secretScopes: (last('secrets')?.at('scopes')?.items() ?? []).map(secretScope),
    api: {
      allowed: apiRules(last('api')?.at('allowed')),
      denied: apiRules(last('api')?.at('denied')),
    },
    ...(nameResolution ? { nameResolution: nameResolutionOf(nameResolution) } : {}),
    features: new Map(
      (last('features')?.items() ?? []).map((row) => [
        row.at('name')?.text() ?? '',
        row.at('enabled')?.isOn() ?? false,
      ]),
    ),
    deniedComponents: (last('components')?.at('deny')?.items() ?? []).map((row) => row.text().toLowerCase()),
    apiLogging: {
      isOn: apiLogging?.at('enabled')?.isOn(),
      obfuscatesUrls: apiLogging?.at('obfuscateURLs')?.isOn() ?? false,
      omitsHealthChecks: apiLogging?.at('omitHealthChecks')?.isOn() ?? false,
    },
    httpPipeline: pipelineSteps(last('httpPipeline')),
    appHttpPipeline: pipelineSteps(last('appHttpPipeline')),
    ...(accessRules ? { accessRules } : {}),
    withoutEffect: [
      ...partsWithoutEffect.filter((key) => last(key)),
      ...secretHeaders(last('tracing')?.at('otel')?.at('headers')),
    ],
  };
}

const partsWithoutEffect = ['mtls', 'workflow', 'wasm'];
/** The reference's rate when it is absent or invalid. */
const defaultSamplingRate = 0.0001;

async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw withCause(configInvalid(`--config ${file} cannot be read: ${textOf(cause)}`), cause);
  }
}

function expand(text: string, env: Environment): string {
  return text.replace(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g, (_, braced?: string, bare?: string) => {
    return env[braced ?? bare ?? ''] ?? '';
  });
}

function samplingRate(value: YamlValue | undefined): number {
  const rate = value === undefined ? Number.NaN : Number.parseFloat(value.text());
  return Number.isNaN(rate) ? defaultSamplingRate : Math.min(1, Math.max(0, rate));
}

const defaultExportMs = 10_000;

function tracingOf(spec: YamlValue | undefined, env: Environment): TracingConfig {
  const zipkin = spec?.at('zipkin')?.at('endpointAddress')?.text() ?? '';
  const otel = spec?.at('otel');
  const otlpVariable = (name: string): string | undefined =>
    env[`OTEL_EXPORTER_OTLP_TRACES_${name}`] ?? env[`OTEL_EXPORTER_OTLP_${name}`];
  const address = otel?.at('endpointAddress')?.text() ?? otlpVariable('ENDPOINT') ?? '';
  const timeout = otel?.at('timeout')?.text();
  const protocol = otel?.at('protocol')?.text() ?? otlpVariable('PROTOCOL') ?? 'grpc';
  return {
    toStdout: spec?.at('stdout')?.isOn() ?? false,
    resource: resourceOf(env),
    ...(zipkin === '' ? {} : { zipkin }),
    ...(address === ''
      ? {}
      : {
          otel: {
            address,
            isSecure: otel?.at('isSecure')?.isOn() ?? otlpVariable('INSECURE') !== 'true',
            isGrpc: protocol === 'grpc',
            // headers of the file replace those of the environment, as upstream
            headers: otel?.at('headers') ? exportHeaders(otel.at('headers')) : parseHeaderList(otlpVariable('HEADERS')),
          },
        }),
    timeoutMs:
      (timeout === undefined ? undefined : parseGoDuration(timeout)) ||
      Number(otlpVariable('TIMEOUT')) ||
      defaultExportMs,
  };
}

/** Resource attributes from OpenTelemetry's environment variables; values may be percent-encoded. */
function resourceOf(env: Environment): Readonly<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const pair of (env['OTEL_RESOURCE_ATTRIBUTES'] ?? '').split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) all[pair.slice(0, at).trim()] = decoded(pair.slice(at + 1).trim());
  }
  const name = env['OTEL_SERVICE_NAME'];
  return name ? { ...all, 'service.name': name } : all;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Each header is `name=value`, or a mapping of both. */
function exportHeaders(headers: YamlValue | undefined): Readonly<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const header of headers?.items() ?? []) {
    if (typeof header.plain() === 'string') Object.assign(all, parseHeaderList(header.text()));
    else if (!header.at('secretKeyRef'))
      all[header.at('name')?.text().toLowerCase() ?? ''] = header.at('value')?.text() ?? '';
  }
  return all;
}

/** Headers with a `secretKeyRef`, which upstream resolves in Kubernetes only: a Configuration names no secret store. */
function secretHeaders(headers: YamlValue | undefined): readonly string[] {
  return (headers?.items() ?? []).flatMap((header) =>
    typeof header.plain() !== 'string' && header.at('secretKeyRef')
      ? [`tracing.otel.headers: ${header.at('name')?.text() ?? ''} by secretKeyRef (use $VARIABLE of the environment)`]
      : [],
  );
}

/** Comma-separated `name=value` pairs, as in the environment. */
function parseHeaderList(text = ''): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim().toLowerCase(), pair.slice(at + 1).trim()];
    }),
  );
}

function asRecord(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function metricsOf(spec: YamlValue | undefined): MetricsConfig {
  const http = spec?.at('http');
  const buckets = spec?.at('latencyDistributionBuckets');
  return {
    isOn: spec?.at('enabled')?.isOn() ?? true,
    countsErrorCodes: spec?.at('recordErrorCodes')?.isOn() ?? false,
    http: {
      increasedCardinality: http?.at('increasedCardinality')?.isOn() ?? true,
      pathMatching: (http?.at('pathMatching')?.items() ?? []).map((path) => path.text()),
      excludeVerbs: http?.at('excludeVerbs')?.isOn() ?? false,
    },
    ...(buckets ? { latencyBuckets: buckets.items().map((bucket) => bucket.integer()) } : {}),
  };
}

function secretScope(scope: YamlValue): SecretScope {
  const names = (key: string): readonly string[] => (scope.at(key)?.items() ?? []).map((name) => name.text());
  return {
    storeName: scope.at('storeName')?.text() ?? '',
    defaultAccess: scope.at('defaultAccess')?.text().toLowerCase() === 'deny' ? 'deny' : 'allow',
    allowedSecrets: names('allowedSecrets'),
    deniedSecrets: names('deniedSecrets'),
  };
}

function pipelineSteps(spec: YamlValue | undefined): readonly PipelineStep[] {
  return (spec?.at('handlers')?.items() ?? []).map((handler) => {
    const version = handler.at('version')?.text().toLowerCase() ?? '';
    return {
      name: handler.at('name')?.text() ?? '',
      type: handler.at('type')?.text().toLowerCase() ?? '',
      version: version === '' || version === 'v0' ? 'v1' : version,
    };
  });
}

function apiRules(rules: YamlValue | undefined): readonly ApiRule[] {
  return (rules?.items() ?? []).map((rule) => ({
    name: rule.at('name')?.text().toLowerCase() ?? '',
    version: rule.at('version')?.text().toLowerCase() ?? '',
    protocol: rule.at('protocol')?.text().toLowerCase() ?? '',
  }));
}

function nameResolutionOf(value: YamlValue): NonNullable<Configuration['nameResolution']> {
  const settings = value.at('configuration')?.plain();
  return {
    component: value.at('component')?.text().toLowerCase() ?? '',
    version: value.at('version')?.text().toLowerCase() ?? '',
    configuration: typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>) : {},
  };
}
