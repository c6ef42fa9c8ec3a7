import type { FastifyRequest } from 'fastify';
import type { Call } from '#core/call.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the server's first hook, before any route runs. */
    call: Call | undefined;
  }
  interface FastifyReply {
    /** Body bytes sent so far; set by those who write it themselves. */
    sentBytes: number;
  }
}

/** The call of a request. */
export function callOf(request: FastifyRequest): Call {
  if (request.call === undefined) throw new TypeError('the server hook that opens a call has not run');
  return request.call;
}
