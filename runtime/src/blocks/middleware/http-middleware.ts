import type { Message, Reply } from '#core/message.ts';

/** A request without its body: what middleware may read and change. */
export interface RequestHead extends Pick<Message, 'verb' | 'path' | 'query' | 'headers'> {
  /** The address of the connection; empty for a call of the sidecar itself. */
  readonly remoteAddress: string;
}

/** Transforms a body while it passes. Called with each chunk, and with `undefined` after the last one. */
export type BodyTransform = (chunk: Uint8Array | undefined) => Uint8Array;

/** `continueWith` proceeds with this head; `response` ends the request. */
export type HeadResult = { readonly continueWith: RequestHead } | { readonly response: Reply };

/** One step between the HTTP server and the routes, or between the sidecar and its app. */
export interface HttpMiddleware {
  /** A promise only where another system must be called: other requests continue in the same turn. Must not reject. */
  head(head: RequestHead): HeadResult | Promise<HeadResult>;
  /** Present when bodies are transformed; begins a new body. */
  body?(): BodyTransform;
  close(): Promise<void>;
}
