import { create, createRegistry, fromJson, toJson } from '@bufbuild/protobuf';
import type { DescMessage, JsonValue, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import {
  AnySchema,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { textOf, withCause } from '#core/errors.ts';
import { parseProtoJson } from '#core/parse-proto-json.ts';
import { bodyBytes, malformedRequest } from './body.ts';
import { replyJson } from '../server/json-reply.ts';

/** The types that can be written as JSON within an Any: the well-known types. */
const registry = createRegistry(
  AnySchema,
  file_google_protobuf_duration,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
);

/**
 * A body in proto-JSON, for the endpoints that Dapr defines as messages. Unknown members are ignored, names may be in
 * either spelling, and no body is the same as `{}`. Throws `malformedRequest`.
 */
export function protoBody<Schema extends DescMessage>(schema: Schema, request: FastifyRequest): MessageShape<Schema> {
  const bytes = bodyBytes(request);
  if (bytes.length === 0) return create(schema);
  try {
    return messageOf(schema, parseProtoJson(bytes) as JsonValue);
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}

/** The body as JSON by protojson's rules. Throws `malformedRequest`. */
export function protoJsonBody(request: FastifyRequest): JsonValue {
  try {
    return parseProtoJson(bodyBytes(request)) as JsonValue;
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}

/** Throws an Error that names the invalid member. */
export function messageOf<Schema extends DescMessage>(schema: Schema, json: JsonValue): MessageShape<Schema> {
  return fromJson(schema, json, { ignoreUnknownFields: true, registry });
}

/** Whether an Any of this type can be written as JSON. */
export function isKnownType(typeUrl: string): boolean {
  return registry.getMessage(typeUrl.slice(typeUrl.lastIndexOf('/') + 1)) !== undefined;
}

/** Empty members are omitted. */
export function replyProto<Schema extends DescMessage>(
  reply: FastifyReply,
  schema: Schema,
  message: MessageInitShape<Schema>,
): FastifyReply {
  return replyJson(reply, protoJson(schema, message));
}

export function protoJson<Schema extends DescMessage>(schema: Schema, message: MessageInitShape<Schema>): JsonValue {
  return toJson(schema, create(schema, message), { registry });
}
