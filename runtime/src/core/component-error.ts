import { RuntimeError, textOf, withCause } from './errors.ts';

/** A refusal in a component's own words: callers get its statuses in place of ours. */
export class ComponentError extends RuntimeError {}

/** The word that an error is, or that was its cause. */
export function componentErrorOf(error: unknown): ComponentError | undefined {
  if (error instanceof ComponentError) return error;
  return error instanceof RuntimeError && error.cause instanceof ComponentError ? error.cause : undefined;
}

/** What `describe` makes of the cause's text; of a component's word it has the statuses, too. */
export function errorFromComponent(describe: (reason: string) => RuntimeError, cause: unknown): RuntimeError {
  const componentError = componentErrorOf(cause);
  if (!componentError) return withCause(describe(textOf(cause)), cause);
  const { kind, message } = describe(`api error: code = ${componentError.kind.grpc} desc = ${componentError.message}`);
  const { http, grpc } = componentError.kind;
  return new RuntimeError({ ...kind, http, grpc }, { message }, { cause: componentError });
}

/** The number of the status with which a component in a process of its own refused; undefined for any other error. */
export function grpcCodeOf(error: unknown): number | undefined {
  const status = error instanceof Error ? error.cause : undefined;
  if (!(status instanceof Error) || !('code' in status) || !('details' in status)) return undefined;
  return typeof status.code === 'number' ? status.code : undefined;
}
