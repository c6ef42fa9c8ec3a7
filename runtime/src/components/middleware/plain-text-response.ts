import type { Reply } from '#core/message.ts';

/** A response with one line of text. `headers` alternates names and values. */
export function plainTextResponse(status: number, text: string, headers: readonly string[] = []): Reply {
  return {
    status,
    headers: ['content-type', 'text/plain; charset=utf-8', ...headers],
    body: Buffer.from(text),
  };
}
