import { RuntimeError } from '#core/errors.ts';
import type { GrpcCode } from '#core/errors.ts';
import type { AttemptStatus } from '#core/policy.ts';

/** The number of google.rpc.Code and the HTTP status that the wire gives it. */
const codes: Readonly<Record<GrpcCode, readonly [grpc: number, http: number]>> = {
  Canceled: [1, 408],
  Unknown: [2, 500],
  InvalidArgument: [3, 400],
  DeadlineExceeded: [4, 504],
  NotFound: [5, 404],
  AlreadyExists: [6, 409],
  PermissionDenied: [7, 403],
  ResourceExhausted: [8, 429],
  FailedPrecondition: [9, 400],
  Aborted: [10, 409],
  OutOfRange: [11, 400],
  Unimplemented: [12, 501],
  Internal: [13, 500],
  Unavailable: [14, 503],
  DataLoss: [15, 500],
  Unauthenticated: [16, 401],
};

/** What retry rules are asked about an error of a component. One that has no code of its own is an unknown one. */
export function statusOf(cause: unknown): Required<AttemptStatus> {
  const [grpc, http] = codes[cause instanceof RuntimeError ? cause.kind.grpc : 'Unknown'];
  return { grpc, http };
}
