import type { ReactNode } from 'react';
import { Component } from 'react';
import { problemOf } from '../data/problem-error.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { isLoadFailure, useReloadWhenReachable } from './reload-when-reachable.ts';

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
    return <Broken error={this.state.error} />;
  }
}

const notLoaded = {
  title: 'A part of this page did not arrive',
  detail: 'The connection broke while it was on its way. Your cart and orders are safe with us.',
};

const Broken = ({ error }: { readonly error: unknown }) => {
  const isUnloaded = isLoadFailure(error);
  const willRetry = useReloadWhenReachable(isUnloaded);
  return (
    <div className="page narrow">
      <h1>{isUnloaded ? 'We could not fetch this page' : 'This page ran aground'}</h1>
      <ProblemNotice
        problem={isUnloaded ? notLoaded : problemOf(error)}
        onRetry={() => window.location.reload()}
        willRetry={willRetry}
      />
    </div>
  );
};
