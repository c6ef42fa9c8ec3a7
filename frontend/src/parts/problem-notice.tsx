import type { Problem } from '@tidewater/contracts/storefront.ts';
import type { ReactNode } from 'react';

export interface ProblemNoticeProps {
  readonly problem: Pick<Problem, 'title' | 'detail'>;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

/** What happened and what to do, said once and aloud. */
export const ProblemNotice = ({ problem, onRetry, children }: ProblemNoticeProps) => (
  <div className="notice problem" role="alert" data-testid="problem">
    <p className="notice-title">{problem.title}</p>
    <p>{problem.detail}</p>
    {children}
    {onRetry === undefined ? null : (
      <button type="button" className="button quiet" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
);
