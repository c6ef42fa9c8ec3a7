import type { RuntimeError } from './errors.ts';
import { defineError } from './errors.ts';

export const hostNotAllowed = defineError(
  { code: 'ERR_HOST_NOT_ALLOWED', http: 403, grpc: 'PermissionDenied' },
  (host: string) =>
    `requests to the host ${quoted(host)} are not allowed: add it to OUTRIGGER_ALLOWED_HOSTS of the sidecar`,
);

export const originNotAllowed = defineError(
  { code: 'ERR_ORIGIN_NOT_ALLOWED', http: 403, grpc: 'PermissionDenied' },
  (origin: string) =>
    `requests of browsers from ${origin} are not allowed because OUTRIGGER_ALLOWED_HOSTS is set: start the sidecar with --allowed-origins to allow them`,
);

/** The part of a request that names the host and origin, over HTTP/1.1 or HTTP/2. */
export interface GuardedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, including repeated headers that `headers` omits. */
  readonly rawHeaders?: readonly string[];
  readonly url?: string | undefined;
}

/** Undefined for a request that is allowed. */
export type RequestGuard = (request: GuardedRequest) => RuntimeError | undefined;

const absoluteForm = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;
const authorityForm = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@/?#\s,]+))(?::(\d{0,5}))?$/i;

/**
 * Blocks web pages of other sites from a port meant for programs. A page whose name was bound to this machine's address
 * (DNS rebinding) still sends its own name as `Host`; a page that calls this machine by its address names its site in
 * `Origin` or `Sec-Fetch-Site`.
 */
export function requestGuard(allowedHosts: readonly string[], allowedOrigins: readonly string[]): RequestGuard {
  const hosts = new Set(allowedHosts);
  const allowsAllOrigins = allowedOrigins.includes('*');
  const origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  return (request) => {
    const authorities = authoritiesOf(request);
    for (const authority of authorities.length === 0 ? [''] : authorities) {
      const name = hostNameOf(authority);
      if (name === undefined || !hosts.has(name)) return hostNotAllowed(authority);
    }
    // Even two equal Host headers are rejected: no regular client sends them.
    if (valuesOf(request, 'host').length > 1) return hostNotAllowed(authorities.join(', '));
    if (allowsAllOrigins) return undefined;
    const [origin, ...more] = valuesOf(request, 'origin');
    if (origin !== undefined) {
      if (more.length > 0) return originNotAllowed('several origins');
      if (origins.has(origin.toLowerCase())) return undefined;
      if (!isSameOrigin(origin, authorities[0] ?? '')) return originNotAllowed(quoted(origin));
    }
    const sites = valuesOf(request, 'sec-fetch-site').flatMap((value) => value.split(','));
    return sites.some((site) => /^\s*(cross-site|same-site)\s*$/i.test(site))
      ? originNotAllowed('another site')
      : undefined;
  };
}

/** `LOCALHOST.:3500` as `localhost`, `[::0:1]:80` as `::1`. Undefined for an invalid authority. */
export function hostNameOf(authority: string): string | undefined {
  const [, ip6, name] = authorityForm.exec(authority.trim()) ?? [];
  if (ip6 !== undefined) return plainIPv6(ip6);
  return name?.toLowerCase().replace(/\.$/, '') || undefined;
}

/** A host as written in a list: also an IPv6 address without brackets. */
export function listedHost(text: string): string | undefined {
  return hostNameOf(text) ?? plainIPv6(text);
}

/** The shortest form of an address; undefined for an invalid one. */
function plainIPv6(text: string): string | undefined {
  return /^[0-9a-f:.]+$/i.test(text) ? URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) : undefined;
}

/** Every place where a request may name its host; all of them must be allowed, as a later reader may use any. */
function authoritiesOf(request: GuardedRequest): string[] {
  const [, target] = absoluteForm.exec(request.url ?? '') ?? [];
  const authority = request.headers[':authority'];
  const all = valuesOf(request, 'host');
  if (typeof authority === 'string') all.push(authority);
  if (target !== undefined) all.push(target);
  return all;
}

function valuesOf({ headers, rawHeaders }: GuardedRequest, name: string): string[] {
  const values: string[] = [];
  if (rawHeaders) {
    for (let i = 0; i + 1 < rawHeaders.length; i += 2)
      if (rawHeaders[i]?.length === name.length && rawHeaders[i]?.toLowerCase() === name)
        values.push(rawHeaders[i + 1] ?? '');
    return values;
  }
  const value = headers[name];
  return value === undefined ? [] : [value].flat();
}

/** The port serves its own pages, if any, over plain HTTP. */
function isSameOrigin(origin: string, authority: string): boolean {
  const served = URL.parse(`http://${authority}`);
  const sender = URL.parse(origin);
  return (
    sender !== null && served !== null && sender.protocol === 'http:' && hostAndPort(sender) === hostAndPort(served)
  );
}

function hostAndPort({ hostname, port }: URL): string {
  return `${hostname.replace(/\.$/, '')}:${port}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
