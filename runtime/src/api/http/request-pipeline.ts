import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyChange } from '#blocks/middleware/http-middleware.ts';
import type { Pipeline } from '#blocks/middleware/pipeline.ts';
import { isBytes } from '#core/message.ts';
import { presentsToken } from '#core/token.ts';

/** True when the request goes on to the routes; false when it has its answer. */
export type Entrance = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Middleware in front of the routes, as it may send a request to another route. Who has no token and browsers that only
 * ask what they may do pass it by: they get their answer behind it.
 */
export function requestPipeline(
  pipeline: Pipeline,
  options: { readonly apiToken?: string; readonly hasCors: boolean },
): Entrance {
  const { apiToken, hasCors } = options;
  return (request, response) => {
    const { url = '/', method = 'GET', headers } = request;
    if (apiToken !== undefined && !presentsToken(headers['dapr-api-token'], apiToken)) return true;
    if (hasCors && method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) return true;
    const queryAt = url.indexOf('?');
    const path = queryAt === -1 ? url : url.slice(0, queryAt);
    const query = queryAt === -1 ? '' : url.slice(queryAt + 1);
    const remoteAddress = request.socket.remoteAddress ?? '';
    const passage = pipeline({ verb: method, path, query, headers: request.rawHeaders, remoteAddress });
    if ('answer' in passage) {
      const { status, headers: answerHeaders, body } = passage.answer;
      response.writeHead(status, [...answerHeaders]);
      response.end(isBytes(body) ? body : undefined);
      // what is left of the body must not stand before the next request of the connection
      request.resume();
      return false;
    }
    const { go, change } = passage;
    request.url = go.query === '' ? go.path : `${go.path}?${go.query}`;
    if (change) changeBody(request, change);
    return true;
  };
}

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
