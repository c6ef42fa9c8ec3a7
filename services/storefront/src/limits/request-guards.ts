import { ProblemError } from '@outrigger/sdk';
import type { Log } from '@tidewater/kit/log.ts';
import { badRequest } from '@tidewater/kit/problems.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Sent with every response: nothing from other sites, no inline script, no page in a frame. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

/**
 * Rejects requests that other sites forge. Browsers and the sidecar use the same port; which rules apply is decided by the
 * matched route, never by the text of the address. Sidecar routes are hidden from strangers by kit's access check.
 */
export function guardRequests(app: FastifyInstance, { log }: { readonly log: Log }): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (hostsOf(request) > 1) return done(badRequest('A request names one host.'));
    if (request.is404 || request.routeOptions.config.access !== 'public') return done();
    noteForeignTrace(request, log);
    if (request.method === 'GET' || request.method === 'HEAD' || isFromThisSite(request)) return done();
    return done(crossSite());
  });
}

/** A second `Host` is for confusing a proxy in front; Node passes the first one on. */
const hostsOf = ({ raw }: FastifyRequest): number =>
  raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;

/** The trace of a public request starts at this service; the client's own is only written down. */
function noteForeignTrace({ headers, routeOptions }: FastifyRequest, log: Log): void {
  const link = headers['traceparent'];
  if (typeof link !== 'string' || !/^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(link)) return;
  log.debug({ link, route: routeOptions.url }, 'the client sent a traceparent');
}

/**
 * Browsers send the site of a request: current ones as `sec-fetch-site`, older ones as `origin`. Other programs send neither
 * and have no cookie that a page could abuse.
 */
function isFromThisSite(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = request.headers;
  if (origin === undefined) return true;
  const senderOrigin = originOf(origin);
  return senderOrigin !== undefined && senderOrigin !== 'null' && senderOrigin === originOf(requestedAddress(request));
}

/** Behind a trusted proxy, as the proxy was addressed. */
const requestedAddress = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`;

/** Scheme, host and port; undefined when there are none. */
const originOf = (address: string): string | undefined => (URL.canParse(address) ? new URL(address).origin : undefined);

const crossSite = (): ProblemError =>
  new ProblemError({
    type: 'other-site',
    status: 403,
    title: 'From another site',
    detail: 'This request came from a page that is not ours. Open the shop itself and try again.',
  });
