import type { ConversationBlock } from '#blocks/conversation/conversation.ts';
import type { DaprRpcs } from './server.ts';

export function conversationRpcs(conversation: ConversationBlock) {
  return {
    converseAlpha1: (call, request) => conversation.converseAlpha1(call, request),
    converseAlpha2: (call, request) => conversation.converse(call, request),
  } satisfies DaprRpcs;
}
