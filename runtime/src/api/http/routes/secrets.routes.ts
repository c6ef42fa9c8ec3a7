import type { FastifyInstance } from 'fastify';
import type { SecretsBlock } from '#blocks/secrets/secrets.ts';
import { replyJson } from '../server/json-reply.ts';
import { callOf } from '../server/request-call.ts';

export function secretsRoutes(secrets: SecretsBlock) {
  return (app: FastifyInstance): void => {
    app.get<{ Params: { store: string } }>('/v1.0/secrets/:store/bulk', async (request, reply) => {
      return replyJson(reply, await secrets.getAll(callOf(request), { storeName: request.params.store }));
    });
    app.get<{ Params: { store: string; key: string } }>('/v1.0/secrets/:store/:key', async (request, reply) => {
      const { store: storeName, key } = request.params;
      const values = await secrets.get(callOf(request), { storeName, key });
      return values === undefined ? reply.code(204).send() : replyJson(reply, values);
    });
  };
}
