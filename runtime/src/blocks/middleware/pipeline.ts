import type { Loaded } from '#core/component.ts';
import type { Body, Reply } from '#core/message.ts';
import { isBytes } from '#core/message.ts';
import type { BodyChange, HeadVerdict, HttpMiddleware, RequestHead } from './http-middleware.ts';

/** A step as the Configuration resource names it: the component's name and type. */
export interface PipelineHandler {
  readonly name: string;
  /** Lower case, such as `middleware.http.uppercase`. */
  readonly type: string;
  readonly version: string;
}

/** What became of a head: an answer, or a head to go on with and the change that its body needs, if any. */
export type Passage =
  | { readonly answer: Reply }
  | { readonly go: RequestHead; readonly change: BodyChange | undefined };

export type Pipeline = (head: RequestHead) => Passage | Promise<Passage>;

/**
 * The steps in their order. Undefined when the configuration names none, so that requests pay nothing. A step whose
 * component is not there is passed over, as on the wire; it counts as soon as it is loaded.
 */
export function pipeline(
  handlers: readonly PipelineHandler[],
  loaded: ReadonlyMap<string, Loaded<HttpMiddleware>>,
): Pipeline | undefined {
  if (handlers.length === 0) return undefined;
  const passed = (head: RequestHead, changes: readonly BodyChange[], at: number): Passage | Promise<Passage> => {
    const handler = handlers[at];
    if (!handler) return { go: head, change: oneAfterTheOther(changes) };
    const step = loaded.get(handler.name);
    if (step?.type !== handler.type || step.version !== handler.version) return passed(head, changes, at + 1);
    const goOn = (verdict: HeadVerdict): Passage | Promise<Passage> => {
      if ('answer' in verdict) return verdict;
      const change = step.port.body?.();
      return passed(verdict.go, change ? [...changes, change] : changes, at + 1);
    };
    const verdict = step.port.head(head);
    return verdict instanceof Promise ? verdict.then(goOn) : goOn(verdict);
  };
  return (head) => passed(head, [], 0);
}

function oneAfterTheOther(changes: readonly BodyChange[]): BodyChange | undefined {
  const [first, ...rest] = changes;
  if (!first) return undefined;
  if (rest.length === 0) return first;
  return (piece) =>
    rest.reduce((bytes, change) => {
      const changed = change(bytes);
      return piece === undefined ? Buffer.concat([changed, change(undefined)]) : changed;
    }, first(piece));
}

/** A body of any form, changed on its way. */
export function changedBody(body: Body, change: BodyChange | undefined): Body {
  if (!change) return body;
  if (isBytes(body)) return body.length === 0 ? body : Buffer.concat([change(body), change(undefined)]);
  return changedPieces(body, change);
}

async function* changedPieces(body: AsyncIterable<Uint8Array>, change: BodyChange): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    const changed = change(piece);
    if (changed.length > 0) yield changed;
  }
  const last = change(undefined);
  if (last.length > 0) yield last;
}
