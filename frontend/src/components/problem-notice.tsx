import type { Problem } from '@tidewater/contracts/storefront.ts';
import type { ReactNode } from 'react';
import { problemOf } from '../data/problem-error.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

export interface ProblemNoticeProps {
  readonly problem: Pick<Problem, 'title' | 'detail'>;
  readonly onRetry?: () => void;
  /** The request is retried automatically. */
  readonly willRetry?: boolean | undefined;
  readonly children?: ReactNode;
}

/** Error title and detail with `role="alert"`, and a retry button. */
export const ProblemNotice = ({ problem, onRetry, willRetry = false, children }: ProblemNoticeProps) => (
  <div className="notice problem" role="alert" data-testid="problem">
    <p className="notice-title">{problem.title}</p>
    <p>{problem.detail}</p>
    {children}
    {willRetry ? <p className="quiet small">{text('problem-notice.we-keep-trying-and')}</p> : null}
    {onRetry === undefined ? null : (
      <button type="button" className="button quiet" onClick={onRetry}>
        {text('problem-notice.try-again')}
      </button>
    )}
  </div>
);

/** The error of a mutation; nothing when there is none. */
export const ErrorNotice = ({ error }: { readonly error: Error | null }) =>
  error === null ? null : <ProblemNotice problem={problemOf(error)} />;
