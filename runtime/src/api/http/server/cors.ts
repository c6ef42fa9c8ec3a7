import type { FastifyReply, FastifyRequest } from 'fastify';

const allowedVerbs = new Set(['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Handles CORS. True when the request was a preflight and has its response. */
export type Cors = (request: FastifyRequest, reply: FastifyReply) => boolean;

/** Undefined when no origin is allowed: then CORS headers are ignored. */
export function cors(allowedOrigins: readonly string[]): Cors | undefined {
  if (allowedOrigins.length === 0) return undefined;
  const allowsAll = allowedOrigins.includes('*');
  const patterns = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  const isAllowed = (origin: string): boolean => allowsAll || patterns.has(origin.toLowerCase());

  return (request, reply) => {
    const { origin } = request.headers;
    const requestedMethod = request.headers['access-control-request-method'];
    const isPreflight = request.method === 'OPTIONS' && requestedMethod !== undefined;
    reply.header('vary', isPreflight ? preflightVary : 'Origin');
    if (origin !== undefined && isAllowed(origin)) {
      if (!isPreflight) reply.header('access-control-allow-origin', allowsAll ? '*' : origin);
      else if (allowedVerbs.has(requestedMethod.toUpperCase())) {
        reply.header('access-control-allow-origin', allowsAll ? '*' : origin);
        reply.header('access-control-allow-methods', requestedMethod.toUpperCase());
        const names = request.headers['access-control-request-headers'];
        if (names) reply.header('access-control-allow-headers', names.split(',').map(canonical).join(', '));
      }
    }
    if (isPreflight) void reply.code(200).send();
    return isPreflight;
  };
}

const preflightVary = ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers'];

/** `x-my-header` as `X-My-Header`, the reference's form. */
function canonical(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
