import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { ServiceError } from '@grpc/grpc-js';
import { ComponentError } from '#core/component-error.ts';
import { errorInfo } from '#core/errors.ts';
import { codeNamed } from '#core/grpc-code.ts';
import { ErrorInfoSchema } from '#gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '#gen/google/rpc/status_pb.ts';

/**
 * The error of a gRPC status. When its only detail names the statuses for the caller, it is a `ComponentError`; else an
 * Error with upstream's text, whose cause is the status.
 */
export function errorOfStatus(status: ServiceError): Error {
  const grpc = codeNamed(status.code);
  const [only, ...others] = detailsOf(status);
  const info = only && others.length === 0 ? anyUnpack(only, ErrorInfoSchema) : undefined;
  const http = Number(info?.metadata['http_code']);
  if (info?.metadata['kit_error'] === 'true' && Number.isInteger(http) && http >= 100 && http <= 999)
    return new ComponentError(
      { code: info.metadata['tag'] ?? '', http, grpc },
      {
        message: status.details,
        details: [{ ...errorInfo(info.reason, {}), domain: info.domain, metadata: null }],
      },
    );
  return new Error(`rpc error: code = ${grpc} desc = ${status.details}`, { cause: status });
}

/** The details of a status that can be decoded. */
export function detailsOf(status: ServiceError): readonly Any[] {
  const [binary] = status.metadata?.get('grpc-status-details-bin') ?? [];
  if (binary === undefined || typeof binary === 'string') return [];
  try {
    return fromBinary(StatusSchema, binary).details;
  } catch {
    // details that cannot be decoded are ignored
    return [];
  }
}

/** The status behind an error of `errorOfStatus`; undefined for any other error, and for a `ComponentError`. */
export function statusOf(error: unknown): ServiceError | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && 'details' in cause ? (cause as ServiceError) : undefined;
}
