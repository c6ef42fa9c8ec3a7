import type { Problem } from '@tidewater/contracts/storefront.ts';
import { problems } from '../messages/en/problems.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(problems);

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
          title: text('no-response.title'),
          status: 0,
          detail: text('no-response.detail'),
        }
      : {
          type: 'about:blank',
          title: text('offline.title'),
          status: 0,
          detail: text('offline.detail'),
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
        title: text('broken.title'),
        status: 0,
        detail: text('broken.detail'),
      };
