import type { Loaded } from '#core/component.ts';
import type { Body, Reply } from '#core/message.ts';
import { isBytes } from '#core/message.ts';
import type { BodyTransform, HeadResult, HttpMiddleware, RequestHead } from './http-middleware.ts';

/** A handler as the Configuration resource names it: the component's name and type. */
export interface PipelineHandler {
  readonly name: string;
  /** Lower case, such as `middleware.http.uppercase`. */
  readonly type: string;
  readonly version: string;
}

/** The result for a head: a response, or a head to continue with and the transformation of its body, if any. */
export type MiddlewareResult =
  | { readonly response: Reply }
  | { readonly continueWith: RequestHead; readonly change: BodyTransform | undefined };

export type Pipeline = (head: RequestHead) => MiddlewareResult | Promise<MiddlewareResult>;

/**
 * The handlers in their order. Undefined when the configuration names none, so that requests have no overhead. A
 * handler whose component is missing is skipped, as in Dapr; it takes effect as soon as it is loaded.
 */
export function pipeline(
  handlers: readonly PipelineHandler[],
  loaded: ReadonlyMap<string, Loaded<HttpMiddleware>>,
): Pipeline | undefined {
  if (handlers.length === 0) return undefined;
  const runFrom = (
    head: RequestHead,
    changes: readonly BodyTransform[],
    at: number,
  ): MiddlewareResult | Promise<MiddlewareResult> => {
    const handler = handlers[at];
    if (!handler) return { continueWith: head, change: composed(changes) };
    const step = loaded.get(handler.name);
    if (step?.type !== handler.type || step.version !== handler.version) return runFrom(head, changes, at + 1);
    const proceed = (result: HeadResult): MiddlewareResult | Promise<MiddlewareResult> => {
      if ('response' in result) return result;
      const change = step.port.body?.();
      return runFrom(result.continueWith, change ? [...changes, change] : changes, at + 1);
    };
    const result = step.port.head(head);
    return result instanceof Promise ? result.then(proceed) : proceed(result);
  };
  return (head) => runFrom(head, [], 0);
}

function composed(changes: readonly BodyTransform[]): BodyTransform | undefined {
  const [first, ...rest] = changes;
  if (!first) return undefined;
  if (rest.length === 0) return first;
  return (chunk) =>
    rest.reduce((bytes, change) => {
      const changed = change(bytes);
      return chunk === undefined ? Buffer.concat([changed, change(undefined)]) : changed;
    }, first(chunk));
}

/** Transforms a body of any form while it is read. */
export function transformedBody(body: Body, change: BodyTransform | undefined): Body {
  if (!change) return body;
  if (isBytes(body)) return body.length === 0 ? body : Buffer.concat([change(body), change(undefined)]);
  return transformedChunks(body, change);
}

async function* transformedChunks(body: AsyncIterable<Uint8Array>, change: BodyTransform): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    const changed = change(chunk);
    if (changed.length > 0) yield changed;
  }
  const last = change(undefined);
  if (last.length > 0) yield last;
}
