import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '@outrigger/sdk';
import { notFound } from './problems.ts';

export interface AccessOptions {
  /** `APP_API_TOKEN`: the own sidecar sends it with each call. Absent: sidecar routes are open, as for daprd without tokens. */
  readonly appApiToken?: string;
  /** `STAFF_TOKEN`; absent: nobody is staff. */
  readonly staffToken?: string;
  /** Whether the port is reachable from outside: other routes than public ones are 404 there. */
  readonly isPublic?: boolean;
  /** The program has no sidecar: what is for one does not exist. */
  readonly isStandalone?: boolean;
}

/**
 * A route's `config.access` is who may call it; without it only the own sidecar may. Decided by the matched route, never
 * by the text of the request: encoded characters, double slashes and absolute forms change nothing.
 */
export function requireAccess(app: FastifyInstance, options: AccessOptions): void {
  const { appApiToken, staffToken, isPublic = false, isStandalone = false } = options;
  app.addHook('onRequest', (request, _reply, done) => {
    // Without a route there is nothing to protect: the request gets its 404.
    if (request.is404) return done();
    const { access = 'sidecar' } = request.routeOptions.config;
    if (isAllowed(request, access)) return done();
    return done((isPublic || isStandalone) && access !== 'staff' ? hidden(request) : denied(access));
  });

  function isAllowed(request: FastifyRequest, access: Access): boolean {
    switch (access) {
      case 'public':
      case 'probe':
        return true;
      case 'staff':
        return isStaff(request, staffToken);
      case 'callback':
        return !isInvocation(request) && isSidecar(request);
      case 'sidecar':
        return isSidecar(request);
    }
  }

  function isSidecar(request: FastifyRequest): boolean {
    if (isStandalone) return false;
    if (appApiToken === undefined) return !isBrowserRequest(request);
    return isSameSecret(request.headers['dapr-api-token'], appApiToken);
  }
}

type Access = 'callback' | 'sidecar' | 'public' | 'staff' | 'probe';

/** `x-staff-token`, or a bearer token as programs that scrape metrics send it. */
export function isStaff({ headers }: FastifyRequest, staffToken: string | undefined): boolean {
  if (staffToken === undefined) return false;
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  return isSameSecret(headers['x-staff-token'], staffToken) || isSameSecret(bearer, staffToken);
}

/** Compares in constant time. */
export function isSameSecret(presented: unknown, expected: string): boolean {
  return typeof presented === 'string' && timingSafeEqual(digest(presented), expectedDigest(expected));
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** By secret: a program expects few, and compares them with each request. */
const digests = new Map<string, Buffer>();

function expectedDigest(secret: string): Buffer {
  const existing = digests.get(secret);
  if (existing !== undefined) return existing;
  const computed = digest(secret);
  digests.set(secret, computed);
  return computed;
}

/**
 * Sidecars name the calling app in every invocation, and let nobody else set this header. Without this check each app could
 * deliver events and turns to every other one, past the scopes of topics and past placement.
 */
const isInvocation = ({ headers }: FastifyRequest): boolean => headers['dapr-caller-app-id'] !== undefined;

/** A sidecar never sends these headers. */
const isBrowserRequest = ({ headers }: FastifyRequest): boolean =>
  headers.cookie !== undefined || headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;

const hidden = ({ method }: FastifyRequest): Error => notFound(`There is nothing at this address for ${method}.`);

function denied(access: Access): Error {
  return new ProblemError({
    type: access === 'staff' ? 'staff-only' : 'unauthorized',
    status: 401,
    title: access === 'staff' ? 'Staff only' : 'Not authorized',
    detail: access === 'staff' ? 'This needs the staff token.' : "This is for the service's own sidecar.",
  });
}
