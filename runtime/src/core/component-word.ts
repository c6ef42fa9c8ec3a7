import { RuntimeError, textOf, withCause } from './errors.ts';

/** A refusal in a component's own words: callers get its statuses in place of ours. */
export class ComponentWord extends RuntimeError {}

/** The word that an error is, or that was its cause. */
export function wordIn(error: unknown): ComponentWord | undefined {
  if (error instanceof ComponentWord) return error;
  return error instanceof RuntimeError && error.cause instanceof ComponentWord ? error.cause : undefined;
}

/** What `describe` makes of the cause's text; of a component's word it has the statuses, too. */
export function refusalFor(describe: (reason: string) => RuntimeError, cause: unknown): RuntimeError {
  const word = wordIn(cause);
  if (!word) return withCause(describe(textOf(cause)), cause);
  const { kind, message } = describe(`api error: code = ${word.kind.grpc} desc = ${word.message}`);
  const { http, grpc } = word.kind;
  return new RuntimeError({ ...kind, http, grpc }, { message }, { cause: word });
}

/** The number of the status with which a component in a process of its own refused; undefined for any other error. */
export function rpcCodeIn(error: unknown): number | undefined {
  const status = error instanceof Error ? error.cause : undefined;
  if (!(status instanceof Error) || !('code' in status) || !('details' in status)) return undefined;
  return typeof status.code === 'number' ? status.code : undefined;
}
