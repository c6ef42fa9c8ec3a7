import { grpcCodeOf } from '#core/component-error.ts';
import { RuntimeError } from '#core/errors.ts';
import { codeNumber, httpOfCode } from '#core/grpc-code.ts';
import type { AttemptStatus } from '#core/policy.ts';

/** The status of a component's error, for retry rules. An error without a code is an unknown one. */
export function statusOf(cause: unknown): Required<AttemptStatus> {
  const grpc = grpcCodeOf(cause) ?? codeNumber(cause instanceof RuntimeError ? cause.kind.grpc : 'Unknown');
  return { grpc, http: httpOfCode(grpc) };
}
