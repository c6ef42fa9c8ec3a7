import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyTransform } from '#blocks/middleware/http-middleware.ts';
import type { MiddlewareResult, Pipeline } from '#blocks/middleware/pipeline.ts';
import type { Headers, Reply } from '#core/message.ts';
import { isBytes } from '#core/message.ts';
import { tokenMatches } from '#core/token.ts';

/** Continues with `next`, or responds itself. */
export type RequestHook = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/**
 * Middleware before the router, as it may reroute a request. Requests without a valid token and CORS preflights skip
 * it: they are handled after it.
 */
export function requestPipeline(
  pipeline: Pipeline,
  options: { readonly apiToken?: string; readonly hasCors: boolean },
): RequestHook {
  const { apiToken, hasCors } = options;
  return (request, response, next) => {
    const { url = '/', method = 'GET', headers } = request;
    if (apiToken !== undefined && !tokenMatches(headers['dapr-api-token'], apiToken)) return next();
    if (hasCors && method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) return next();
    const queryAt = url.indexOf('?');
    const path = queryAt === -1 ? url : url.slice(0, queryAt);
    const query = queryAt === -1 ? '' : url.slice(queryAt + 1);
    const remoteAddress = request.socket.remoteAddress ?? '';
    const proceed = (result: MiddlewareResult): void => {
      if ('response' in result) return sendResponse(request, response, result.response);
      const { continueWith, change } = result;
      request.url = continueWith.query === '' ? continueWith.path : `${continueWith.path}?${continueWith.query}`;
      if (continueWith.headers !== request.rawHeaders) applyHeaders(request, continueWith.headers);
      if (change) changeBody(request, change);
      next();
    };
    const result = pipeline({ verb: method, path, query, headers: request.rawHeaders, remoteAddress });
    if (!(result instanceof Promise)) return proceed(result);
    const release = bufferBody(request);
    void result.then((outcome) => {
      const bufferedChunks = release();
      if (response.destroyed) return;
      proceed(outcome);
      for (const chunk of bufferedChunks) request.push(...chunk);
    });
  };
}

function sendResponse(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, [...headers]);
  response.end(isBytes(body) ? body : undefined);
  // the rest of the body must not precede the next request of the connection
  request.resume();
}

/** Applies the headers of the middleware, in both forms in which they are read. */
function applyHeaders(request: IncomingMessage, headers: Headers): void {
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

/** Buffers the chunks of a body until its transformation is known; the returned function releases them. */
function bufferBody(request: IncomingMessage): () => readonly Chunk[] {
  const bufferedChunks: Chunk[] = [];
  const push = request.push.bind(request);
  request.push = (...chunk: Chunk): boolean => bufferedChunks.push(chunk) < maxBufferedChunks;
  return () => {
    request.push = push;
    return bufferedChunks;
  };
}

type Chunk = [piece: Uint8Array | null, encoding?: BufferEncoding];

/** Further chunks wait in the connection. */
const maxBufferedChunks = 16;

/** Transforms the body as it is received, for any reader. Its length is no longer known. */
function changeBody(request: IncomingMessage, change: BodyTransform): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
  delete request.headers['content-length'];
  request.headers['transfer-encoding'] = 'chunked';
  const push = request.push.bind(request);
  request.push = (chunk: Uint8Array | null, encoding?: BufferEncoding): boolean => {
    const changed = change(chunk ?? undefined);
    const wantsMore = changed.length === 0 || push(changed, encoding);
    return chunk === null ? push(null) : wantsMore;
  };
}
