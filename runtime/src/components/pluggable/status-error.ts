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
 * A component's refusal. When its only detail says which statuses the caller shall see, it is the component's word; else
 * an Error with the text that users of the wire know, whose cause is the status.
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

/** The details of a status, as far as they can be read. */
export function detailsOf(status: ServiceError): readonly Any[] {
  const [binary] = status.metadata?.get('grpc-status-details-bin') ?? [];
  if (binary === undefined || typeof binary === 'string') return [];
  try {
    return fromBinary(StatusSchema, binary).details;
  } catch {
    // what cannot be read says nothing
    return [];
  }
}

/** The status that `refusalOf` was given; undefined for any other error, and for a component's word. */
export function statusOf(error: unknown): ServiceError | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && 'details' in cause ? (cause as ServiceError) : undefined;
}
