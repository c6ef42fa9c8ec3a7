import type { FastifyInstance } from 'fastify';
import type { ConversationBlock } from '#blocks/conversation/conversation.ts';
import {
  ConversationRequestAlpha2Schema,
  ConversationRequestSchema,
  ConversationResponseAlpha2Schema,
  ConversationResponseSchema,
} from '#gen/dapr/proto/runtime/v1/conversation_pb.ts';
import { protoBody, replyProto } from './proto-json.ts';
import { callOf } from '../server/request-call.ts';

/** `conversation/{name}/converse` in both versions. */
export function conversationRoutes(conversation: ConversationBlock) {
  return (app: FastifyInstance): void => {
    app.post<{ Params: { name: string } }>('/v1.0-alpha1/conversation/:name/converse', async (request, reply) => {
      const message = protoBody(ConversationRequestSchema, request);
      const { name } = request.params;
      const response = await conversation.converseAlpha1(callOf(request), { ...message, name });
      return replyProto(reply, ConversationResponseSchema, response);
    });
    app.post<{ Params: { name: string } }>('/v1.0-alpha2/conversation/:name/converse', async (request, reply) => {
      const message = protoBody(ConversationRequestAlpha2Schema, request);
      const { name } = request.params;
      const response = await conversation.converse(callOf(request), { ...message, name });
      return replyProto(reply, ConversationResponseAlpha2Schema, response);
    });
  };
}
