import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { Factory } from '#core/component.ts';

/** `middleware.http.uppercase`: request bodies in capitals, to see a pipeline at work. */
export const uppercase: Factory<HttpMiddleware> = () =>
  Promise.resolve({
    head: (head) => ({ continueWith: head }),
    body() {
      // a letter may be cut in two by the pieces
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      return (chunk) => Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined }).toUpperCase());
    },
    close: () => Promise.resolve(),
  });
