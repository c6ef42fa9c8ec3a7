import type { ReactNode } from 'react';
import { Component } from 'react';
import { problemOf } from '../data/problem-error.ts';
import { ProblemNotice } from './problem-notice.tsx';

interface Props {
  /** Another place starts with a clean slate. */
  readonly place: string;
  readonly children: ReactNode;
}

interface State {
  readonly error: unknown;
  readonly place: string;
}

/** A page that breaks leaves the header, the cart and the way out standing. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined, place: this.props.place };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.place === state.place ? null : { error: undefined, place: props.place };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div className="page narrow">
        <h1>This page ran aground</h1>
        <ProblemNotice problem={problemOf(this.state.error)} onRetry={() => window.location.reload()} />
      </div>
    );
  }
}
