import type { ReactNode } from 'react';
import { Component } from 'react';
import { problemOf } from '../data/problem-error.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { isLoadFailure, useReloadWhenReachable } from './reload-when-reachable.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

interface Props {
  /** A new value clears the error. */
  readonly resetKey: string;
  readonly children: ReactNode;
}

interface State {
  readonly error: unknown;
  readonly resetKey: string;
}

/** Catches errors of a page, so that header, cart and navigation stay usable. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.resetKey === state.resetKey ? null : { error: undefined, resetKey: props.resetKey };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return <PageError error={this.state.error} />;
  }
}

const loadFailureText = {
  title: text('error-boundary.a-part-of-this'),
  detail: text('error-boundary.the-connection-broke-while'),
};

const PageError = ({ error }: { readonly error: unknown }) => {
  const isScriptMissing = isLoadFailure(error);
  const willRetry = useReloadWhenReachable(isScriptMissing);
  return (
    <div className="page narrow">
      <h1>
        {isScriptMissing ? text('error-boundary.we-could-not-fetch') : text('error-boundary.this-page-ran-aground')}
      </h1>
      <ProblemNotice
        problem={isScriptMissing ? loadFailureText : problemOf(error)}
        onRetry={() => window.location.reload()}
        willRetry={willRetry}
      />
    </div>
  );
};
