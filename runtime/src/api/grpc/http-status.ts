import { STATUS_CODES } from 'node:http';
import { RuntimeError, errorInfo } from '#core/errors.ts';
import type { GrpcCode } from '#core/errors.ts';

const codes: Readonly<Record<number, GrpcCode>> = {
  400: 'Internal',
  401: 'Unauthenticated',
  403: 'PermissionDenied',
  404: 'NotFound',
  408: 'Canceled',
  409: 'AlreadyExists',
  429: 'ResourceExhausted',
  501: 'Unimplemented',
  503: 'Unavailable',
  504: 'DeadlineExceeded',
};

/** Dapr limits a value of ErrorInfo to this many characters. */
const maxValueLength = 63;

/** An HTTP error status as gRPC callers see it. `detail` may be a whole body and is truncated. */
export function httpStatusError(status: number, detail: string): RuntimeError {
  const reason = STATUS_CODES[status] ?? '';
  const metadata = {
    'http.code': String(status),
    'http.error_message': detail.slice(0, maxValueLength).toWellFormed(),
  };
  const kind = { code: 'ERR_HTTP_STATUS', http: status, grpc: codes[status] ?? 'Unknown' } as const;
  return new RuntimeError(kind, { message: reason, details: [errorInfo(reason, metadata)] });
}
