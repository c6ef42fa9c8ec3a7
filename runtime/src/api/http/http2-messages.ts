import { Http2ServerRequest, Http2ServerResponse, constants } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { ReadableOptions } from 'node:stream';

/** A request over HTTP/2 that routes cannot tell from one over HTTP/1.1. */
export class CompatibleRequest extends Http2ServerRequest {
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    super(stream, headers, options, toHttp1Headers(rawHeaders, headers));
    headers.host ??= headers[':authority'];
    // as readers know it: a body comes when there is a length or pieces, and an announced length is all they need
    if (headers['content-length'] === undefined && !stream.endAfterHeaders) headers['transfer-encoding'] = 'chunked';
    this.once('aborted', () => {
      // HTTP/2 counts a body that was cut short as complete
      Object.defineProperty(this, 'complete', { value: false });
      this.destroy(this.listenerCount('error') > 0 ? new Error('aborted') : undefined);
    });
  }
}

export class CompatibleResponse extends Http2ServerResponse {
  /** The only way left to say that an answer is not whole, once its status is out. */
  override destroy(): this {
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return this;
  }
}

/** Apps get headers, not what HTTP/2 writes among them. */
function toHttp1Headers(rawHeaders: readonly string[], headers: IncomingHttpHeaders): string[] {
  const http1Headers: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (!name.startsWith(':')) http1Headers.push(name, rawHeaders[i + 1] ?? '');
  }
  const authority = headers[':authority'];
  if (headers.host === undefined && typeof authority === 'string') http1Headers.push('host', authority);
  return http1Headers;
}
