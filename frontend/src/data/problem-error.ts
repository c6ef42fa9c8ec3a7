import type { Problem } from '@tidewater/contracts/storefront.ts';

export interface ProblemErrorOptions {
  readonly hasNoResponse?: boolean;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** The error of every failed request. `problem.detail` can be shown to the shopper. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  /** No response arrived: the shop may or may not have processed the request. */
  readonly hasNoResponse: boolean;
  /** From the `retry-after` header. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, { hasNoResponse = false, retryAfterSeconds, cause }: ProblemErrorOptions = {}) {
    super(problem.detail, { cause });
    this.problem = problem;
    this.hasNoResponse = hasNoResponse;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const noResponseError = (cause: unknown, isOnline: boolean): ProblemError =>
  new ProblemError(
    isOnline
      ? {
          type: 'about:blank',
          title: 'The shop does not answer',
          status: 0,
          detail: 'We could not reach the shop. Nothing you entered is lost.',
        }
      : {
          type: 'about:blank',
          title: 'You are offline',
          status: 0,
          detail: 'This device has no connection just now. We will fetch the page as soon as it is back.',
        },
    { hasNoResponse: true, cause },
  );

/** Whether the same request may succeed later: no response, a failing server, or too many requests. */
export const isTransient = (error: unknown): error is ProblemError => {
  if (!(error instanceof ProblemError)) return false;
  const { status } = error.problem;
  return error.hasNoResponse || status === 429 || (status >= 500 && status !== 501);
};

/** Any error as a problem that can be shown. */
export const problemOf = (error: unknown): Problem =>
  error instanceof ProblemError
    ? error.problem
    : {
        type: 'about:blank',
        title: 'Something on this page broke',
        status: 0,
        detail: 'This is our mistake, not yours. Load the page again; your cart and orders are safe with us.',
      };
