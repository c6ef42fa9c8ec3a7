import type { FastifyRequest } from 'fastify';
import type { Call } from '#core/call.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the server's first hook, before any route runs. */
    call: Call | undefined;
  }
}

/** The call a request opened. */
export function callOf(request: FastifyRequest): Call {
  if (request.call === undefined) throw new TypeError('the server hook that opens a call has not run');
  return request.call;
}
