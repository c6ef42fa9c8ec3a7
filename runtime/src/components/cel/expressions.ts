import { Environment, ParseError } from '@marcbachmann/cel-js';
import type { ParseResult } from '@marcbachmann/cel-js';
import type { RouteMatcher } from '#blocks/pubsub/route.ts';
import { routeMatchInvalid } from '#blocks/pubsub/errors.ts';

/** A compiled expression; throws when it cannot be evaluated with these variables. */
export type Expression = (variables: Readonly<Record<string, unknown>>) => unknown;

/**
 * Google's Common Expression Language. Variables need no declaration. Integers in expressions are BigInt, numbers in
 * JSON are doubles, and both can be compared. Throws a `TypeError` for an invalid expression.
 */
export function celCompiler(): (expression: string) => Expression {
  const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
  return (expression) => {
    const parsed = parse(environment, expression);
    const { valid, error } = parsed.check();
    if (!valid && error) throw new TypeError(firstLine(error), { cause: error });
    return parsed;
  };
}

function parse(environment: Environment, expression: string): ParseResult {
  try {
    return environment.parse(expression);
  } catch (cause) {
    if (cause instanceof ParseError) throw new TypeError(firstLine(cause), { cause });
    throw cause;
  }
}

/** For routes of subscriptions: the variable is `event`, the CloudEvent as an object. */
export function celRouteMatcher(compile = celCompiler()): RouteMatcher {
  return (expression) => {
    const evaluate = compiled(expression, compile);
    return (event) => {
      const result = evaluate({ event });
      if (typeof result === 'boolean') return result;
      throw new TypeError(`the result of match expression ${expression} was not a boolean`);
    };
  };
}

function compiled(expression: string, compile: (expression: string) => Expression): Expression {
  try {
    return compile(expression);
  } catch (cause) {
    throw routeMatchInvalid(expression, cause instanceof Error ? cause.message : String(cause));
  }
}

/** The remaining lines of the message show the position in the source text. */
function firstLine(cause: Error): string {
  return cause.message.split('\n')[0] ?? cause.message;
}
