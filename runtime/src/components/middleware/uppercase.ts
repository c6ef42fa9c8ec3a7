import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { Factory } from '#core/component.ts';

/** `middleware.http.uppercase`: converts request bodies to uppercase, to demonstrate a pipeline. */
export const uppercase: Factory<HttpMiddleware> = () =>
  Promise.resolve({
    head: (head) => ({ continueWith: head }),
    body() {
      // a character may be split between two chunks
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      return (chunk) => Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined }).toUpperCase());
    },
    close: () => Promise.resolve(),
  });
