import { Http2ServerRequest, Http2ServerResponse, constants } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { ReadableOptions } from 'node:stream';

/** An HTTP/2 request that routes cannot distinguish from one over HTTP/1.1. */
export class CompatibleRequest extends Http2ServerRequest {
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    super(stream, headers, options, toHttp1Headers(rawHeaders, headers));
    headers.host ??= headers[':authority'];
    // for body readers: a body is present when there is a length or chunks, and a declared length is enough
    if (headers['content-length'] === undefined && !stream.endAfterHeaders) headers['transfer-encoding'] = 'chunked';
    this.once('aborted', () => {
      // HTTP/2 counts a truncated body as complete
      Object.defineProperty(this, 'complete', { value: false });
      this.destroy(this.listenerCount('error') > 0 ? new Error('aborted') : undefined);
    });
  }
}

export class CompatibleResponse extends Http2ServerResponse {
  /** The only way to signal a truncated response after its status was sent. */
  override destroy(): this {
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return this;
  }
}

/** Without HTTP/2's pseudo headers. */
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
