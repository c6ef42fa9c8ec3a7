import { type DescMessage, type JsonValue, type MessageShape, fromJson } from '@bufbuild/protobuf';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LockBlock } from '#blocks/lock/lock.ts';
import { textOf, withCause } from '#core/errors.ts';
import { TryLockRequestSchema, UnlockRequestSchema } from '#gen/dapr/proto/runtime/v1/lock_pb.ts';
import { bodyBytes, bodyJson, malformedRequest } from './body.ts';
import { replyJson } from './json-reply.ts';
import { callOf } from './request-call.ts';

interface StorePath {
  readonly store: string;
}

/** The answers have all their fields, and the outcome of a release is a number. */
export function lockRoutes(app: FastifyInstance, lock: LockBlock): void {
  app.post<{ Params: StorePath }>('/v1.0-alpha1/lock/:store', async (request, reply) => {
    const message = read(TryLockRequestSchema, request);
    return replyJson(reply, await lock.tryLock(callOf(request), { ...message, storeName: request.params.store }));
  });
  app.post<{ Params: StorePath }>('/v1.0-alpha1/unlock/:store', async (request, reply) => {
    const message = read(UnlockRequestSchema, request);
    return replyJson(reply, await lock.unlock(callOf(request), { ...message, storeName: request.params.store }));
  });
}

/** An empty body is an empty message, which the block then refuses by what it lacks. */
function read<Schema extends DescMessage>(schema: Schema, request: FastifyRequest): MessageShape<Schema> {
  const json = bodyBytes(request).length === 0 ? {} : bodyJson(request);
  try {
    return fromJson(schema, json as JsonValue, { ignoreUnknownFields: true });
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}
