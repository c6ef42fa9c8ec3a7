import type { FastifyInstance } from 'fastify';
import type { LockBlock } from '#blocks/lock/lock.ts';
import { TryLockRequestSchema, UnlockRequestSchema } from '#gen/dapr/proto/runtime/v1/lock_pb.ts';
import { replyJson } from '../server/json-reply.ts';
import { protoBody } from './proto-json.ts';
import { callOf } from '../server/request-call.ts';

interface StorePath {
  readonly store: string;
}

/** The responses have all fields, and the status of an unlock is a number. */
export function lockRoutes(app: FastifyInstance, lock: LockBlock): void {
  app.post<{ Params: StorePath }>('/v1.0-alpha1/lock/:store', async (request, reply) => {
    const message = protoBody(TryLockRequestSchema, request);
    return replyJson(reply, await lock.tryLock(callOf(request), { ...message, storeName: request.params.store }));
  });
  app.post<{ Params: StorePath }>('/v1.0-alpha1/unlock/:store', async (request, reply) => {
    const message = protoBody(UnlockRequestSchema, request);
    return replyJson(reply, await lock.unlock(callOf(request), { ...message, storeName: request.params.store }));
  });
}
