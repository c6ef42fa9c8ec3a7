import type { FastifyInstance } from 'fastify';
import type { MetadataBlock } from '#blocks/metadata/metadata.ts';
import { bodyBytes } from './body.ts';
import { replyJson } from '../server/json-reply.ts';

export function metadataRoutes(metadata: MetadataBlock) {
  return (app: FastifyInstance): void => {
    app.get('/v1.0/metadata', (_request, reply) => {
      void replyJson(reply, metadata.get());
    });
    app.put<{ Params: { key: string } }>('/v1.0/metadata/:key', (request, reply) => {
      metadata.set(request.params.key, Buffer.from(bodyBytes(request)).toString('utf8'));
      void reply.code(204).send();
    });
  };
}
