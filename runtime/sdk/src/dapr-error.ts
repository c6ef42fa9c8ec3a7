/** A call to the sidecar, or through it to another app, that did not succeed. */
export class DaprError extends Error {
  /** The HTTP status; 503 when the sidecar did not respond at all. */
  readonly status: number;
  /** Dapr's error code, such as `ERR_STATE_GET`; `ERR_SIDECAR_UNREACHABLE` without a response; `ERR_APP` for an error of an app. */
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DaprError';
    this.status = status;
    this.errorCode = errorCode;
  }
}

/** RFC 9457, open for extension members. */
export interface ProblemBody {
  readonly status: number;
  readonly title: string;
  /** What happened and what to do, for a person. */
  readonly detail: string;
  /** A stable identifier of the kind of problem, for programs; `about:blank` when absent. */
  readonly type?: string;
  readonly [extension: string]: unknown;
}

/**
 * An error that is part of an app's contract. Thrown in an actor's method or a route, it rolls the turn back, is sent as
 * `application/problem+json` and is thrown again at the caller.
 */
export class ProblemError extends DaprError {
  readonly problem: ProblemBody & { readonly type: string };

  constructor(problem: ProblemBody) {
    super(problem.status, 'ERR_APP', problem.detail);
    this.name = 'ProblemError';
    this.problem = { ...problem, type: problem.type ?? 'about:blank' };
  }
}

export const problemMediaType = 'application/problem+json';

/** Reads a problem from a response body; undefined when it is none. */
export function problemFrom(body: unknown): ProblemError | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { status, title, detail, type } = body as Record<string, unknown>;
  if (typeof status !== 'number' || typeof title !== 'string') return undefined;
  return new ProblemError({
    ...body,
    status,
    title,
    detail: typeof detail === 'string' ? detail : title,
    type: typeof type === 'string' ? type : undefined,
  });
}
