import type { Reply } from '#core/message.ts';

/** One line of text, and headers beside it in turn of name and value. */
export function plainTextResponse(status: number, text: string, headers: readonly string[] = []): Reply {
  return {
    status,
    headers: ['content-type', 'text/plain; charset=utf-8', ...headers],
    body: Buffer.from(text),
  };
}
