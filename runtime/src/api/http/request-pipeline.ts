import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyChange } from '#blocks/middleware/http-middleware.ts';
import type { Passage, Pipeline } from '#blocks/middleware/pipeline.ts';
import type { Headers, Reply } from '#core/message.ts';
import { isBytes } from '#core/message.ts';
import { presentsToken } from '#core/token.ts';

/** Lets `enter` go on with the request, or answers it. */
export type Entrance = (request: IncomingMessage, response: ServerResponse, enter: () => void) => void;

/**
 * Middleware in front of the routes, as it may send a request to another route. Who has no token and browsers that only
 * ask what they may do pass it by: they get their answer behind it.
 */
export function requestPipeline(
  pipeline: Pipeline,
  options: { readonly apiToken?: string; readonly hasCors: boolean },
): Entrance {
  const { apiToken, hasCors } = options;
  return (request, response, enter) => {
    const { url = '/', method = 'GET', headers } = request;
    if (apiToken !== undefined && !presentsToken(headers['dapr-api-token'], apiToken)) return enter();
    if (hasCors && method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) return enter();
    const queryAt = url.indexOf('?');
    const path = queryAt === -1 ? url : url.slice(0, queryAt);
    const query = queryAt === -1 ? '' : url.slice(queryAt + 1);
    const remoteAddress = request.socket.remoteAddress ?? '';
    const goOn = (passage: Passage): void => {
      if ('answer' in passage) return answer(request, response, passage.answer);
      const { go, change } = passage;
      request.url = go.query === '' ? go.path : `${go.path}?${go.query}`;
      if (go.headers !== request.rawHeaders) takeHeaders(request, go.headers);
      if (change) changeBody(request, change);
      enter();
    };
    const passage = pipeline({ verb: method, path, query, headers: request.rawHeaders, remoteAddress });
    if (!(passage instanceof Promise)) return goOn(passage);
    const release = holdBody(request);
    void passage.then((outcome) => {
      const held = release();
      if (response.destroyed) return;
      goOn(outcome);
      for (const piece of held) request.push(...piece);
    });
  };
}

function answer(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, [...headers]);
  response.end(isBytes(body) ? body : undefined);
  // what is left of the body must not stand before the next request of the connection
  request.resume();
}

/** What middleware made of the headers, in both forms in which they are read. */
function takeHeaders(request: IncomingMessage, headers: Headers): void {
  const before = valuesByName(request.rawHeaders);
  for (const [name, value] of valuesByName(headers)) if (before.get(name) !== value) request.headers[name] = value;
  request.rawHeaders = [...headers];
}

function valuesByName(headers: Headers): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const before = values.get(name);
    values.set(name, before === undefined ? (headers[i + 1] ?? '') : `${before}, ${headers[i + 1]}`);
  }
  return values;
}

/** Keeps the pieces of a body that come before it is known what changes them; what it returns lets them come as pushed. */
function holdBody(request: IncomingMessage): () => readonly Piece[] {
  const held: Piece[] = [];
  const push = request.push.bind(request);
  request.push = (...piece: Piece): boolean => held.push(piece) < mostHeld;
  return () => {
    request.push = push;
    return held;
  };
}

type Piece = [piece: Uint8Array | null, encoding?: BufferEncoding];

/** More than so many pieces wait in the connection. */
const mostHeld = 16;

/** The body changes where it comes in, whoever reads it and however. Its length is no longer known. */
function changeBody(request: IncomingMessage, change: BodyChange): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
  delete request.headers['content-length'];
  request.headers['transfer-encoding'] = 'chunked';
  const push = request.push.bind(request);
  request.push = (piece: Uint8Array | null, encoding?: BufferEncoding): boolean => {
    const changed = change(piece ?? undefined);
    const wantsMore = changed.length === 0 || push(changed, encoding);
    return piece === null ? push(null) : wantsMore;
  };
}
