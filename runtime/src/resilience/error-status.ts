import { grpcCodeOf } from '#core/component-error.ts';
import { RuntimeError } from '#core/errors.ts';
import { codeNumber, httpOfCode } from '#core/grpc-code.ts';
import type { AttemptStatus } from '#core/policy.ts';

/** What retry rules are asked about an error of a component. One that has no code of its own is an unknown one. */
export function statusOf(cause: unknown): Required<AttemptStatus> {
  const grpc = grpcCodeOf(cause) ?? codeNumber(cause instanceof RuntimeError ? cause.kind.grpc : 'Unknown');
  return { grpc, http: httpOfCode(grpc) };
}
