import { routeMatchInvalid } from './errors.ts';

/** One route into the app. An empty `match` always applies. */
export interface EventRoute {
  readonly match: string;
  readonly path: string;
}

/**
 * Compiles a `match` expression into a test of events, once per subscription. The test throws when the expression is
 * not boolean. Never called with an empty expression.
 */
export type RouteMatcher = (expression: string) => (event: Readonly<Record<string, unknown>>) => boolean;

/** Supports no expressions: throws `routeMatchInvalid` at subscription, so no event is ever routed wrongly. */
export const noExpressions: RouteMatcher = (expression) => {
  throw routeMatchInvalid(expression, 'expressions are not available here');
};

/** The path of the first route that applies; undefined when none does. */
export function routerOf(
  routes: readonly EventRoute[],
  matcher: RouteMatcher,
): (event: Readonly<Record<string, unknown>>) => string | undefined {
  const [first] = routes;
  if (routes.length === 1 && first?.match === '') return () => first.path;
  const tests = routes.map(({ match, path }) => ({ path, applies: match === '' ? () => true : matcher(match) }));
  return (event) => tests.find((test) => test.applies(event))?.path;
}
