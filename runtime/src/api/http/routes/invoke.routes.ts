import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Body, isBytes } from '#core/message.ts';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import { noAppId } from '#blocks/invoke/errors.ts';
import { requestBody } from './invoke-body.ts';
import { writeReply } from './invoke-reply.ts';
import { findTarget } from './invoke-target.ts';
import { callOf } from '../server/request-call.ts';

export interface InvokeRoutesOptions {
  readonly maxBodyBytes: number;
  /** Handles every request that no other route matches. Only one scope of a server may. */
  readonly isFallback: boolean;
}

export type InvokeHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/**
 * Service invocation in its three forms. It may also be a server's not-found handler, where a body that another parser
 * has read already is taken from `request.body`.
 */
export function invokeFallback(invoke: Invoke, maxBodyBytes: number): InvokeHandler {
  return async (request, reply) => {
    const match = findTarget(request.raw.url ?? '/', request.raw.headers);
    if (!match) throw noAppId();
    const { target, path, query } = match;
    const { rawHeaders: headers, method = 'GET' } = request.raw;
    const body: Body = isParsed(request.body) ? request.body : await requestBody(request.raw, maxBodyBytes);
    const response = await invoke.invoke(callOf(request), target, { verb: method, path, query, headers, body });
    await writeReply(request, reply, response);
    return reply;
  };
}

/** Registers the routes in a separate scope without body parsers. */
export async function invokeRoutes(app: FastifyInstance, invoke: Invoke, options: InvokeRoutesOptions): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    const handler = invokeFallback(invoke, options.maxBodyBytes);
    scope.all('/v1.0/invoke/*', handler);
    if (options.isFallback) scope.setNotFoundHandler(handler);
    done();
  });
}

function isParsed(body: unknown): body is Uint8Array {
  return body instanceof Uint8Array && isBytes(body);
}
