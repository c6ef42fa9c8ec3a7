import type { FastifyReply } from 'fastify';
import { RuntimeError, defineError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { replyJson } from './json-reply.ts';

export const bodyTooLarge = defineError(
  { code: 'ERR_BODY_READ', http: 413, grpc: 'ResourceExhausted' },
  (limit: number) => `the request body is larger than ${limit} bytes: raise --max-body-size`,
);

export const bodyTruncated = defineError(
  { code: 'ERR_BODY_READ', http: 400, grpc: 'InvalidArgument' },
  (received: number) => `the request body was truncated after ${received} bytes`,
);

/** Dapr's code for an undeclared error. */
const unknownError = { code: 'ERROR', http: 500 } as const;

/** Converts any error to Dapr's JSON body with its status. */
export function replyWithError(reply: FastifyReply, error: unknown, log: Log): FastifyReply {
  if (error instanceof RuntimeError) {
    const { kind, message, details } = error;
    if (kind.http === 413) drainRequestBody(reply);
    const body = { errorCode: kind.code, message, ...(details ? { details } : {}) };
    return replyJson(reply.code(kind.http), body);
  }
  const status = statusOf(error);
  if (status === 413) drainRequestBody(reply);
  const message = error instanceof Error ? error.message : String(error);
  if (status >= 500)
    log.error({ error: error instanceof Error ? error.stack : message }, 'a request failed unexpectedly');
  const errorCode = status < 500 ? 'ERR_BAD_REQUEST' : unknownError.code;
  return replyJson(reply.code(status), { errorCode, message });
}

/**
 * A client that is still sending sees the response only when its data is read: if the connection is closed instead, it
 * reports a broken pipe. The limit for stalled bodies bounds the time.
 */
function drainRequestBody(reply: FastifyReply): void {
  reply.removeHeader('connection');
  reply.request.raw.resume();
}

/** Fastify's own errors carry a status; any other error is internal. */
function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : unknownError.http;
}
