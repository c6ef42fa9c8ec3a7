import type { Message, Reply } from '#core/message.ts';

/** A request before its body: what middleware may look at and change. */
export interface RequestHead extends Pick<Message, 'verb' | 'path' | 'query' | 'headers'> {
  /** The address that the connection comes from; empty for a call of the sidecar itself. */
  readonly remoteAddress: string;
}

/** Changes a body while it passes. Called with each piece, and with `undefined` after the last one. */
export type BodyTransform = (chunk: Uint8Array | undefined) => Uint8Array;

/** `go` goes on with this head; `answer` ends here. */
export type HeadResult = { readonly go: RequestHead } | { readonly answer: Reply };

/** One step between the door and the routes, or between the sidecar and its app. */
export interface HttpMiddleware {
  /** A promise only where somebody else must be asked: requests without one go on in the same turn. Must not reject. */
  head(head: RequestHead): HeadResult | Promise<HeadResult>;
  /** Present when bodies are changed; begins a new body. */
  body?(): BodyTransform;
  close(): Promise<void>;
}
