import { ProblemError } from '@outrigger/sdk';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notFound } from '@tidewater/kit/problems.ts';

/** What an answer tells a browser about itself: nothing from elsewhere, no script in a page, no page in a frame. */
const securityHeaders: Readonly<Record<string, string>> = {
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
 * The only service with a door to the street. Browsers and the sidecar come through the same one, so each is shown its
 * own part: pages and `/api` to browsers, events to the sidecar.
 */
export function doorRules(app: FastifyInstance, { appApiToken }: { readonly appApiToken?: string }): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(securityHeaders);
    if (isSidecarPath(request.url)) done(refuseUnlessSidecar(request, appApiToken));
    else if (request.method === 'GET' || request.method === 'HEAD') done();
    else done(refuseOtherSites(request));
  });
}

const isSidecarPath = (url: string): boolean => url.startsWith('/events/') || url.startsWith('/dapr/');

function refuseUnlessSidecar({ headers, method, url }: FastifyRequest, token: string | undefined): Error | undefined {
  const looksLikeABrowser = headers.cookie !== undefined || 'origin' in headers || 'sec-fetch-site' in headers;
  const isTrusted = token === undefined || headers['dapr-api-token'] === token;
  return isTrusted && !looksLikeABrowser ? undefined : notFound(`There is nothing at ${method} ${url}.`);
}

/**
 * Forged requests of other sites carry our cookie when a browser is old enough to ignore SameSite. Programs that are no
 * browsers send neither header and have no cookie to be abused.
 */
function refuseOtherSites({ headers }: FastifyRequest): Error | undefined {
  const site = headers['sec-fetch-site'];
  const isOurs =
    site === undefined ? isOurOrigin(headers.origin, headers.host) : site === 'same-origin' || site === 'none';
  if (isOurs) return undefined;
  return new ProblemError({
    type: 'other-site',
    status: 403,
    title: 'From another site',
    detail: 'This request came from a page that is not ours. Open the shop itself and try again.',
  });
}

function isOurOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
