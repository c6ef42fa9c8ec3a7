import { latencyBounds, sizeBounds } from './metrics.ts';
import type { MetricsRegistry } from './metrics.ts';
import type { MetricsConfig } from '../resources/configuration.ts';

/** One completed API request, as the HTTP server reports it. */
export interface CompletedRequest {
  readonly verb: string;
  /** Without query. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Further paths are counted together, so that no caller can exhaust the memory. */
const maxSeries = 2000;

/** Counts completed API requests under the reference's names. */
export function httpMetrics(registry: MetricsRegistry, config: MetricsConfig): (request: CompletedRequest) => void {
  const bounds = config.latencyBuckets ?? latencyBounds;
  const requests = registry.counter('http_server_request_count', 'Count of HTTP requests processed by the server.');
  const responses = registry.counter('http_server_response_count', 'The number of HTTP responses');
  const latency = registry.histogram('http_server_latency', 'HTTP request end-to-end latency, milliseconds.', bounds);
  const requestSize = registry.histogram('http_server_request_bytes', 'HTTP request body size in bytes.', sizeBounds);
  const responseSize = registry.histogram(
    'http_server_response_bytes',
    'HTTP response body size in bytes.',
    sizeBounds,
  );
  const countRequestBytes = requestSize.of({});
  const countResponseBytes = responseSize.of({});
  const { increasedCardinality, excludeVerbs } = config.http;
  const pathOf = pathLabels(config.http);
  const series = new Map<string, (durationMs: number) => void>();

  const open = (labels: Labels): ((durationMs: number) => void) => {
    const countRequest = requests.of(labels);
    const countResponse = increasedCardinality ? responses.of(labels) : undefined;
    const observe = latency.of(labels);
    return (durationMs) => {
      countRequest();
      countResponse?.();
      observe(durationMs);
    };
  };

  return (request) => {
    const path = pathOf(request.path);
    const method = excludeVerbs ? '' : standardMethods.has(request.verb) ? request.verb : 'UNKNOWN';
    const key = `${method} ${request.status} ${path}`;
    let count = series.get(key);
    if (!count) {
      const isFull = series.size >= maxSeries;
      count = open({ method, path: isFull ? 'OTHER' : path, status: String(request.status) });
      if (!isFull) series.set(key, count);
    }
    count(request.durationMs);
    countRequestBytes(request.requestBytes);
    countResponseBytes(request.responseBytes);
  };
}

/** One completed request to the app. */
export interface AppRequest {
  readonly verb: string;
  readonly path: string;
  /** 0 without a response. */
  readonly status: number;
  readonly durationMs: number;
}

/** Counts requests to the app under the reference's names. */
export function appRequestMetrics(registry: MetricsRegistry, config: MetricsConfig): (request: AppRequest) => void {
  const bounds = config.latencyBuckets ?? latencyBounds;
  const completed = registry.counter('http_client_completed_count', 'Count of completed requests.');
  const latency = registry.histogram('http_client_roundtrip_latency', 'Roundtrip latency, milliseconds.', bounds);
  const pathOf = pathLabels(config.http);
  const series = new Map<string, (durationMs: number) => void>();
  return ({ verb, path, status, durationMs }) => {
    const label = path === '/dapr/config' ? path : pathOf(path);
    const key = `${verb} ${status} ${label}`;
    let count = series.get(key);
    if (!count) {
      const isFull = series.size >= maxSeries;
      const labels = { method: verb, path: isFull ? 'OTHER' : label, status: String(status) };
      const add = completed.of(labels);
      const observe = latency.of(labels);
      count = (ms) => {
        add();
        observe(ms);
      };
      if (!isFull) series.set(key, count);
    }
    count(durationMs);
  };
}

type Labels = Readonly<{ method: string; path: string; status: string }>;

/** The label of a path: the configured pattern that matches, or the path without keys, or empty. */
function pathLabels({ pathMatching, increasedCardinality }: MetricsConfig['http']): (path: string) => string {
  const patterns = pathMatching
    .flatMap(withInvocation)
    .map(pathPattern)
    .sort((a, b) => b.weight - a.weight);
  return (path) => {
    const matched = patterns.find(({ regex }) => regex.test(path))?.template;
    return matched ?? (increasedCardinality ? pathLabel(path) : '');
  };
}

/** A path of the app also matches its service invocation. */
function withInvocation(template: string): readonly string[] {
  const rooted = template.startsWith('/') ? template : `/${template}`;
  return rooted.startsWith('/v1.0/invoke/') ? [rooted] : [rooted, `/v1.0/invoke/{app_id}/method${rooted}`];
}

const standardMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE']);

/** The path without keys and ids, whose number is unbounded. */
export function pathLabel(path: string): string {
  const parts = path.split('/');
  const [, version, area] = parts;
  if (version === 'actors' && parts.length > 3) return ['', 'actors', parts[2], '{id}', ...parts.slice(4)].join('/');
  if (parts.length < 4 || !version) return path;
  switch (area) {
    case 'state':
    case 'secrets':
      return parts.slice(0, 4).join('/');
    case 'actors':
      return parts.length < 6 ? path : [...parts.slice(0, 4), '{id}', parts[5]].join('/');
    case 'workflows':
      return workflowPath(parts);
    case undefined:
    default:
      return path;
  }
}

function workflowPath(parts: readonly string[]): string {
  if (parts.length < 5 || parts[5] === 'start') return parts.join('/');
  const event = parts[5] === 'raiseEvent' ? ['{eventName}'] : [];
  return [...parts.slice(0, 4), '{instanceId}', ...parts.slice(5, 6), ...event].join('/');
}

interface PathPattern {
  readonly template: string;
  readonly regex: RegExp;
  /** Fixed segments first, then length: the most specific pattern wins. */
  readonly weight: number;
}

function pathPattern(template: string): PathPattern {
  const parts = template.split('/');
  const body = parts
    .map((part) => (/^\{.*\}$/.test(part) ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('/');
  const fixed = parts.filter((part) => !part.startsWith('{')).length;
  return { template, regex: new RegExp(`^${body}/?$`), weight: fixed * 1000 + template.length };
}
