import type { Problem } from '@tidewater/contracts/storefront.ts';

/** What a request of the shop ends with when it does not succeed. `problem.detail` is fit to be shown. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  /** No answer arrived: whether the shop acted on the request is not known. */
  readonly isUnanswered: boolean;

  constructor(problem: Problem, options: { readonly isUnanswered?: boolean; readonly cause?: unknown } = {}) {
    super(problem.detail, { cause: options.cause });
    this.problem = problem;
    this.isUnanswered = options.isUnanswered ?? false;
  }
}

export const unanswered = (cause: unknown, isOnline: boolean): ProblemError =>
  new ProblemError(
    isOnline
      ? {
          type: 'about:blank',
          title: 'The shop does not answer',
          status: 0,
          detail: 'We could not reach the shop. Try again in a moment; nothing you entered is lost.',
        }
      : {
          type: 'about:blank',
          title: 'You are offline',
          status: 0,
          detail: 'This device has no connection just now. We will fetch the page as soon as it is back.',
        },
    { isUnanswered: true, cause },
  );

/** Whatever went wrong, as a problem that can be shown. */
export const problemOf = (error: unknown): Problem =>
  error instanceof ProblemError
    ? error.problem
    : {
        type: 'about:blank',
        title: 'Something on this page broke',
        status: 0,
        detail: 'This is our mistake, not yours. Load the page again; your cart and orders are safe with us.',
      };
