import type { FastifyRequest } from 'fastify';
import { defineError, textOf, withCause } from '#core/errors.ts';
import { decodeGo } from '#core/go-decode.ts';
import type { Shape } from '#core/go-shape.ts';
import { textOfBytes } from '#core/mapped-buffer.ts';
import { noBody } from '#core/message.ts';

export const malformedRequest = defineError(
  { code: 'ERR_MALFORMED_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (reason: string) => `failed deserializing HTTP body: ${reason}`,
);

/** The whole body. On every route but service invocation the server has read it into one buffer. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : noBody;
}

export function bodyText(request: FastifyRequest): string {
  return textOfBytes(bodyBytes(request));
}

/** The body as JSON of that shape; undefined when it is `null`. An empty body is malformed JSON. */
export function bodyAs<T>(shape: Shape<T>, request: FastifyRequest): T | undefined {
  return decodeBody(shape, bodyBytes(request));
}

export function decodeBody<T>(shape: Shape<T>, bytes: Uint8Array | string): T | undefined {
  try {
    return decodeGo(shape, bytes);
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}

/** `?metadata.ttlInSeconds=60` as `{ ttlInSeconds: '60' }`; of repeated names the first value is used. */
export function queryMetadata(request: FastifyRequest): Record<string, string> {
  const metadata: Record<string, string> = {};
  const query = request.query as Readonly<Record<string, string | readonly string[] | undefined>>;
  for (const [name, value] of Object.entries(query)) {
    if (!name.startsWith('metadata.')) continue;
    const first = typeof value === 'string' ? value : value?.[0];
    if (first !== undefined) metadata[name.slice('metadata.'.length)] = first;
  }
  return metadata;
}
