import { Agent, errors } from 'undici';
import type { Dispatcher } from 'undici';
import type { OperationReply, OperationRequest, OutputBinding } from '#blocks/bindings/binding.ts';
import type { Call } from '#core/call.ts';
import { parseBoolean } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import { headerPairs, joinedHeaders, statusLine } from './headers.ts';
import { readHttpSettings } from './settings.ts';

const verbs: Readonly<Record<string, Dispatcher.HttpMethod>> = {
  create: 'POST',
  get: 'GET',
  head: 'HEAD',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  options: 'OPTIONS',
  trace: 'TRACE',
};
const methodsWithBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const maxRedirects = 10;

/** `bindings.http`: one request to a web server per operation. */
export const httpBinding: Factory<OutputBinding> = async (context) => {
  const settings = await readHttpSettings(context);
  const agent = new Agent({ connect: { timeout: 15_000, ...settings.tls }, headersTimeout: 0, bodyTimeout: 0 });

  const exchange = async (request: OperationRequest, signal: AbortSignal): Promise<OperationReply> => {
    const { metadata } = request;
    let target = targetOf(settings.url, metadata['path'] ?? '');
    let method = verbs[request.operation] ?? 'GET';
    for (let hop = 0; ; hop++) {
      const body = methodsWithBody.has(method) ? request.data : undefined;
      const headers = headerPairs(metadata, settings.token, body !== undefined);
      const response = await agent.request({
        ...target,
        method,
        headers,
        ...(body === undefined ? {} : { body: body.length === 0 ? null : body }),
        signal,
      });
      const next = redirectOf(response, target);
      if (next && hop < maxRedirects) {
        await response.body.dump();
        target = next;
        if (response.statusCode < 307 && method !== 'HEAD') method = 'GET';
        continue;
      }
      return await replyOf(response, request);
    }
  };

  const replyOf = async (
    response: Dispatcher.ResponseData,
    { metadata }: OperationRequest,
  ): Promise<OperationReply> => {
    const { statusCode, headers, body } = response;
    const data = await readUpTo(settings.maxResponseBytes, body);
    const mustBe2xx = metadata['errorIfNot2XX']
      ? parseBoolean(metadata['errorIfNot2XX']) === true
      : settings.errorIfNot2xx;
    return {
      data,
      metadata: { statusCode: String(statusCode), status: statusLine(statusCode), ...joinedHeaders(headers) },
      ...(mustBe2xx && (statusCode < 200 || statusCode > 299)
        ? { rejection: `received status code ${statusCode}` }
        : {}),
    };
  };

  const run = async (request: OperationRequest, signal: AbortSignal): Promise<OperationReply> => {
    try {
      return await exchange(request, signal);
    } catch (cause) {
      if (signal.aborted && signal.reason instanceof Error) throw signal.reason;
      throw new Error(reasonOf(settings.url, cause), { cause });
    }
  };

  return {
    operations: Object.keys(verbs),
    async invoke(call: Call, request) {
      const timeoutMs = settings.responseTimeoutMs;
      if (timeoutMs === undefined) return await run(request, call.signal);
      const timeoutError = (): Error => new Error(`${settings.url} did not respond within ${timeoutMs} ms`);
      return await withTimeout(
        context.clock,
        timeoutMs,
        (signal) => run(request, AbortSignal.any([signal, call.signal])),
        timeoutError,
      );
    },
    close: () => agent.destroy(),
  };
};

interface Target {
  readonly origin: string;
  readonly path: string;
}

/** `path` is appended unchanged, `..` included: the server resolves it. It cannot change the host. */
function targetOf(base: string, path: string): Target {
  const { origin, pathname, search } = new URL(base);
  if (path === '') return { origin, path: pathname + search };
  const full = `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
  const at = full.indexOf('/', full.indexOf('://') + 3);
  return { origin, path: full.slice(at).replace(/[^!-~]+/g, (rest) => encodeURIComponent(rest.toWellFormed())) };
}

/** As Go's client follows them: 307 and 308 preserve verb and body, the others become GET. */
function redirectOf({ statusCode, headers }: Dispatcher.ResponseData, from: Target): Target | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') return undefined;
  const base = from.origin + from.path;
  if (!URL.canParse(location, base)) return undefined;
  const { origin, pathname, search } = new URL(location, base);
  return { origin, path: pathname + search };
}

/** Bytes beyond the limit are dropped silently, as upstream. */
async function readUpTo(limit: number | undefined, body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(part);
    length += part.length;
    if (limit !== undefined && length >= limit) break;
  }
  const full = Buffer.concat(parts, length);
  return limit === undefined ? full : full.subarray(0, limit);
}

function reasonOf(url: string, cause: unknown): string {
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  return cause instanceof errors.InvalidArgumentError
    ? `the request to ${url} is not valid: ${textOf(inner)}`
    : `the request to ${url} failed: ${textOf(inner)}`;
}
