import { Agent } from 'undici';
import type { ConverseReply, ConversationComponent } from '#blocks/conversation/conversation-component.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { chatRequest } from './chat-request.ts';
import { readCompletion } from './chat-completion.ts';
import { chatSettings } from './settings.ts';

/** Far more than any response of a model, and small enough for the memory of the sidecar. */
const maxResponseBytes = 64 * 1024 * 1024;

/**
 * `conversation.openai` and other vendors with its chat protocol, such as Ollama on this machine. No connection is opened
 * before the first request.
 */
export const openaiConversation: Factory<ConversationComponent> = (context) => {
  const { url, address, model, key, secrets } = chatSettings(context);
  // A model may take minutes; the caller's signal limits the time.
  const limits = { headersTimeout: 0, bodyTimeout: 0, maxResponseSize: maxResponseBytes };
  const agent = new Agent({ connect: { timeout: 15_000 }, ...limits });

  const post = async (body: string, signal: AbortSignal): Promise<{ status: number; text: string }> => {
    const { origin, pathname, search } = new URL(url);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    const response = await agent.request({ origin, path: pathname + search, method: 'POST', headers, body, signal });
    return { status: response.statusCode, text: await response.body.text() };
  };

  return Promise.resolve({
    async converse(call, request): Promise<ConverseReply> {
      const { status, text } = await post(JSON.stringify(chatRequest(model, request)), call.signal).catch(
        (cause: unknown) => {
          if (call.signal.aborted && call.signal.reason instanceof Error) throw call.signal.reason;
          throw new Error(`the request to ${address} failed: ${reasonOf(cause)}`, { cause });
        },
      );
      return { ...readCompletion(status, text, secrets), contextId: request.contextId, model };
    },
    close: () => agent.destroy(),
  });
};

function reasonOf(cause: unknown): string {
  return textOf(cause instanceof AggregateError ? cause.errors[0] : cause);
}
