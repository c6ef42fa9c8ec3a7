import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Reply, headerOf, isBytes } from '#core/message.ts';
import { rpcEndHeader } from '#core/rpc-frames.ts';
import { formatTraceparent } from '#core/trace.ts';

/**
 * Writes an app's response unchanged, without serialisers. Resolves when all of it is handed to the socket or the
 * client has disconnected.
 */
export async function writeReply(request: FastifyRequest, reply: FastifyReply, appResponse: Reply): Promise<void> {
  const { raw } = request;
  const { body, status } = appResponse;
  const isEvents = raw.headers.accept?.trim().toLowerCase() === 'text/event-stream';
  const headers = responseHeaders(appResponse, reply.getHeaders(), isEvents);
  if (isEvents && raw.httpVersionMajor === 1) headers.push('connection', 'keep-alive');
  if (request.call && headerOf(headers, 'traceparent') === undefined) {
    headers.push('traceparent', formatTraceparent(request.call.trace));
  }
  const isBuffered = isBytes(body);
  if (isBuffered && !isEvents && mayHaveLength(status, raw.method)) headers.push('content-length', String(body.length));
  reply.hijack();
  const response = reply.raw;
  // HTTP/1.1 connections are persistent by default, and connection headers are not part of the app's response
  if (raw.httpVersion === '1.1') response.removeHeader('connection');
  try {
    response.writeHead(status, headers);
  } catch {
    // the status or the headers are invalid in HTTP; no response is possible
    response.destroy();
    return;
  }
  if (isBuffered) {
    reply.sentBytes = body.length;
    response.end(body);
    return;
  }
  response.flushHeaders();
  await writeChunks(response, body, (bytes) => (reply.sentBytes += bytes));
}

type ReplyHeaders = ReturnType<FastifyReply['getHeaders']>;

/** The app's headers, and those set by hooks that the app did not set. */
function responseHeaders(appResponse: Reply, replyHeaders: ReplyHeaders, isEvents: boolean): string[] {
  // a gRPC app's status header is for gRPC callers only
  const appHeaders = appResponse.headers[0] === rpcEndHeader ? appResponse.headers.slice(2) : appResponse.headers;
  const headers = isEvents ? withoutEventHeaders(appHeaders) : [...appHeaders];
  if (isEvents) headers.push('content-type', 'text/event-stream', 'cache-control', 'no-cache');
  for (const name in replyHeaders) {
    const value = replyHeaders[name];
    if (value !== undefined && headerOf(appResponse.headers, name) === undefined) headers.push(name, String(value));
  }
  return headers;
}

function withoutEventHeaders(headers: readonly string[]): string[] {
  const remaining: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name !== 'content-type' && name !== 'cache-control') remaining.push(name, headers[i + 1] ?? '');
  }
  return remaining;
}

function mayHaveLength(status: number, verb: string | undefined): boolean {
  return status >= 200 && status !== 204 && status !== 304 && verb !== 'HEAD';
}

/** Each chunk is sent immediately; the source waits while the client is not ready. */
async function writeChunks(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): Promise<void> {
  const source = body[Symbol.asyncIterator]();
  const orClosed = untilClosed(response);
  try {
    for (;;) {
      const next = await orClosed(source.next());
      if (!next) {
        await source.return?.();
        return;
      }
      if (next.done === true) break;
      count(next.value.length);
      if (!response.write(next.value)) await orClosed(drained(response));
    }
    response.end();
  } catch {
    // the status is already sent: breaking the connection is the only way to signal a truncated response
    response.destroy();
  }
}

/**
 * Stops waiting, with undefined, when the client disconnects. Racing against one shared promise would retain every
 * awaited promise until then, which for a long response is all of it.
 */
function untilClosed(response: ServerResponse): <T>(work: Promise<T>) => Promise<T | undefined> {
  let isClosed = false;
  let stopWaiting = (): void => {};
  response.once('close', () => {
    isClosed = true;
    stopWaiting();
  });
  return (work) =>
    new Promise((resolve, reject) => {
      stopWaiting = () => resolve(undefined);
      work.then(resolve, reject);
      if (isClosed) stopWaiting();
    });
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('drain', resolve));
}
