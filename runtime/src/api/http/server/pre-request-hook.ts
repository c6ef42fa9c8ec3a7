import type { FastifyReply, FastifyRequest } from 'fastify';
import { illegalBaggage } from '#core/baggage.ts';
import type { Log } from '#core/log.ts';
import { tokenMatches } from '#core/token.ts';
import { cors } from './cors.ts';
import { bodyTooLarge, replyWithError } from './error-reply.ts';
import { openCall } from './open-call.ts';
import type { OpenCallOptions } from './open-call.ts';

export interface PreRequestOptions extends OpenCallOptions {
  /** Undefined disables authentication. */
  readonly apiToken?: string;
  readonly allowedOrigins: readonly string[];
  readonly maxBodyBytes: number;
  readonly log: Log;
}

/** The router rejects malformed content types, Dapr accepts them: a valid one replaces them until the body is read. */
export const substituteType = 'application/octet-stream';
const mediaType = /^[\w!#$%&'*.^`|~+-]+\/[\w!#$%&'*.^`|~+-]+\s*(?:;\s*[\w!#$%&'*.^`|~+-]+=[\w!#$%&'*.^`|~+-]+\s*)*$/;
/** Without a token, so that an orchestrator can probe. */
export const pathsWithoutToken: ReadonlySet<string> = new Set(['/v1.0/healthz', '/v1.0/healthz/outbound']);

/** Runs before every route: trace, origins, token, size. */
export function preRequestHook(options: PreRequestOptions) {
  const { apiToken, maxBodyBytes } = options;
  const handleCors = cors(options.allowedOrigins);
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { headers } = request;
    const queryAt = request.url.indexOf('?');
    const path = queryAt === -1 ? request.url : request.url.slice(0, queryAt);
    const needsNoToken = request.method === 'GET' && pathsWithoutToken.has(path.replace(/\/$/, ''));
    const call = openCall(request, reply, options);
    request.call = call;
    const { baggage } = headers;
    const invalidMember = illegalBaggage(baggage);
    if (invalidMember !== undefined)
      return void rejectWithText(
        reply,
        400,
        `invalid baggage header: invalid baggage list-member: ${JSON.stringify(invalidMember)}`,
      );
    if (baggage !== undefined) reply.header('baggage', baggage);
    if (handleCors?.(request, reply)) return;
    if (apiToken !== undefined && !needsNoToken && !tokenMatches(headers['dapr-api-token'], apiToken))
      return void rejectWithText(reply, 401, 'invalid api token');
    delete headers['dapr-api-token'];
    const type = headers['content-type'];
    if (type !== undefined && !mediaType.test(type)) headers['content-type'] = substituteType;
    if (Number(headers['content-length'] ?? 0) > maxBodyBytes)
      return void replyWithError(reply, bodyTooLarge(maxBodyBytes), options.log);
    done();
  };
}

function rejectWithText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply
    .code(status)
    .type('text/plain; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .send(`${text}\n`);
}
