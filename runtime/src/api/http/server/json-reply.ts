import type { FastifyReply } from 'fastify';

/** Bytes, since the router would add a charset to the content type of text, which Dapr does not. */
export function replyJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json').send(Buffer.from(JSON.stringify(value)));
}
