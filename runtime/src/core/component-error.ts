import { RuntimeError, textOf, withCause } from './errors.ts';

/** An error that a component declares itself: callers get its statuses instead of the building block's. */
export class ComponentError extends RuntimeError {}

/** The component error that an error is, or that caused it. */
export function componentErrorOf(error: unknown): ComponentError | undefined {
  if (error instanceof ComponentError) return error;
  return error instanceof RuntimeError && error.cause instanceof ComponentError ? error.cause : undefined;
}

/**
 * The error that `describe` makes of the cause's message; with the statuses of a component error, if that is the cause.
 */
export function errorFromComponent(describe: (reason: string) => RuntimeError, cause: unknown): RuntimeError {
  const componentError = componentErrorOf(cause);
  if (!componentError) return withCause(describe(textOf(cause)), cause);
  const { kind, message } = describe(`api error: code = ${componentError.kind.grpc} desc = ${componentError.message}`);
  const { http, grpc } = componentError.kind;
  return new RuntimeError({ ...kind, http, grpc }, { message }, { cause: componentError });
}

/** The gRPC status code of an error of a pluggable component; undefined for any other error. */
export function grpcCodeOf(error: unknown): number | undefined {
  const status = error instanceof Error ? error.cause : undefined;
  if (!(status instanceof Error) || !('code' in status) || !('details' in status)) return undefined;
  return typeof status.code === 'number' ? status.code : undefined;
}
