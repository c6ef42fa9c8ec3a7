import { create, createRegistry, fromJson, toBinary } from '@bufbuild/protobuf';
import type { JsonObject } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Metadata } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import { componentErrorOf } from '#core/component-error.ts';
import { RuntimeError, errorInfo, textOf } from '#core/errors.ts';
import type { ErrorDetail, GrpcCode } from '#core/errors.ts';
import { codeNumber } from '#core/grpc-code.ts';
import { forwardedStatusOf } from './forwarded-status.ts';
import { BadRequestSchema, ErrorInfoSchema, HelpSchema, ResourceInfoSchema } from '#gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '#gen/google/rpc/status_pb.ts';

/**
 * Trailers count against the limit that clients set for headers (8 KiB in some languages), and a message is sent twice:
 * one that quotes a whole page of an app would cost the client the status itself.
 */
const maxMessageLength = 2000;

const detailTypes = createRegistry(ErrorInfoSchema, ResourceInfoSchema, BadRequestSchema, HelpSchema);

/** The gRPC code of any error. An undeclared one is `Unknown`, as upstream. */
export function codeOf(error: unknown): GrpcCode {
  return error instanceof RuntimeError ? error.kind.grpc : 'Unknown';
}

/**
 * Converts any error to a status of the gRPC API, with `google.rpc` details in the trailers. A component error is
 * passed on unchanged.
 */
export function statusOf(thrown: unknown): StatusObject {
  const forwarded = forwardedStatusOf(thrown);
  if (forwarded) return forwarded;
  const error = componentErrorOf(thrown) ?? thrown;
  const code = codeNumber(codeOf(error));
  const metadata = new Metadata();
  const text = textOf(error).toWellFormed();
  const details = text.length > maxMessageLength ? `${text.slice(0, maxMessageLength).toWellFormed()}…` : text;
  if (error instanceof RuntimeError) {
    const status = create(StatusSchema, { code, message: details, details: packed(detailsOf(error)) });
    metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, status)));
  }
  return { code, details, metadata };
}

/** Errors without details still carry their code. */
function detailsOf(error: RuntimeError): readonly ErrorDetail[] {
  if (!error.details) return [errorInfo(error.kind.code, {})];
  if (!namesApp.has(error.kind.code)) return error.details;
  return error.details.map((detail) => ('metadata' in detail ? { ...detail, metadata: {} } : detail));
}

/** Upstream names the app without such a store over HTTP only. */
const namesApp: ReadonlySet<string> = new Set(['ERR_STATE_STORE_NOT_FOUND', 'ERR_STATE_STORE_NOT_CONFIGURED']);

function packed(details: readonly ErrorDetail[]) {
  return details.flatMap(({ '@type': type, ...fields }) => {
    const schema = detailTypes.getMessage(type.slice(type.lastIndexOf('/') + 1));
    if (!schema) return [];
    return [anyPack(schema, fromJson(schema, fields as JsonObject, { ignoreUnknownFields: true }))];
  });
}
