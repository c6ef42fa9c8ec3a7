import type { Metadata } from '@grpc/grpc-js';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import { defineError } from '#core/errors.ts';
import { headerOf, noBody, readBody } from '#core/message.ts';
import type { Headers } from '#core/message.ts';
import { anyTypeHeader, rpcEndOf } from '#core/rpc-frames.ts';
import { HTTPExtension_Verb } from '#gen/dapr/proto/common/v1/common_pb.ts';
import type { InvokeRequest } from '#gen/dapr/proto/common/v1/common_pb.ts';
import { httpStatusError } from './http-status.ts';
import { forwardedStatusError } from './forwarded-status.ts';
import type { DaprRpcs } from './server.ts';

const responseTooLarge = defineError(
  { code: 'ERR_BODY_READ', http: 500, grpc: 'ResourceExhausted' },
  (target: string, limit: number) => `the response of ${target} is larger than ${limit} bytes`,
);

/**
 * Service invocation. A gRPC app's status is the RPC's; that of an HTTP app is the header `dapr-http-status`, and the
 * RPC's own.
 */
export function invokeRpcs(invoke: Invoke, { maxBodyBytes }: { readonly maxBodyBytes: number }) {
  return {
    async invokeService(call, { id, message }, { metadata, responseHeaders }) {
      const reply = await invoke.invoke(call, id, {
        verb: verbOf(message),
        path: pathOf(message?.method ?? ''),
        query: message?.httpExtension?.querystring ?? '',
        headers: requestHeaders(metadata, message),
        body: message?.data?.value ?? noBody,
      });
      const body = await readBody(reply.body, maxBodyBytes).catch((cause: unknown) => {
        throw cause instanceof RangeError ? responseTooLarge(id, maxBodyBytes) : cause;
      });
      const end = rpcEndOf(reply);
      if (end) throw forwardedStatusError(end);
      addResponseHeaders(responseHeaders, reply.headers);
      responseHeaders.set('dapr-http-status', String(reply.status));
      const isSuccess = reply.status >= 200 && reply.status < 300;
      if (!isSuccess) throw httpStatusError(reply.status, Buffer.from(body).toString('utf8'));
      const typeUrl = headerOf(reply.headers, anyTypeHeader) ?? '';
      return { data: { typeUrl, value: body }, contentType: headerOf(reply.headers, 'content-type') ?? '' };
    },
  } satisfies DaprRpcs;
}

/** Only an HTTP app needs a verb: its channel rejects a call without one. */
function verbOf(message: InvokeRequest | undefined): string {
  const extension = message?.httpExtension;
  return extension ? (verbNames.get(extension.verb) ?? 'NONE') : 'UNSPECIFIED';
}

const verbNames = new Map(
  Object.entries(HTTPExtension_Verb).flatMap(([name, number]) =>
    typeof number === 'number' && number !== HTTPExtension_Verb.NONE ? [[number as number, name] as const] : [],
  ),
);

/** A method is text here and a path there: special characters are encoded, so that decoding restores the text. */
function pathOf(method: string): string {
  const rooted = method.startsWith('/') ? method : `/${method}`;
  return /^[\w\-./~]*$/.test(rooted) ? rooted : rooted.split('/').map(encodeURIComponent).join('/');
}

const notForApps = new Set(['content-length', 'content-type', 'grpc-trace-bin', 'x-outrigger-private']);

function requestHeaders(metadata: Metadata, message: InvokeRequest | undefined): string[] {
  const headers: string[] = [];
  for (const name of Object.keys(metadata.getMap()))
    if (!notForApps.has(name) && !name.endsWith('-bin'))
      for (const value of metadata.get(name)) headers.push(name, String(value));
  if (message?.data?.typeUrl) headers.push(anyTypeHeader, message.data.typeUrl);
  const type = message?.data?.typeUrl ? 'application/x-protobuf' : message?.contentType;
  if (type) headers.push('content-type', type);
  return headers;
}

/** Headers with a meaning in HTTP are sent with a prefix. */
const prefixedHeaders = new Set(
  [
    'accept accept-charset accept-language accept-ranges connection keep-alive proxy-connection transfer-encoding upgrade',
    'cache-control content-type content-length cookie date expect from host if-match if-modified-since if-none-match',
    'if-schedule-tag-match if-unmodified-since max-forwards origin pragma referer via warning',
  ].flatMap((line) => line.split(' ')),
);
const notForCallers = new Set([
  'traceparent',
  'tracestate',
  'grpc-trace-bin',
  'destination-app-id',
  'http2-settings',
  'te',
  anyTypeHeader,
]);
const legalName = /^[0-9a-z_.-]+$/;
const legalValue = /^[ -~]*$/;

function addResponseHeaders(responseHeaders: Metadata, headers: Headers): void {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const value = headers[i + 1] ?? '';
    if (notForCallers.has(name) || name.endsWith('-bin') || name.startsWith('grpc-')) continue;
    // HTTP allows more than gRPC does, and one header must not fail the whole response
    if (legalName.test(name) && legalValue.test(value))
      responseHeaders.add(prefixedHeaders.has(name) ? `dapr-${name}` : name, value);
  }
}
