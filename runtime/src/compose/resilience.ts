import type { Recorder } from '#core/activity.ts';
import { textOf } from '#core/errors.ts';
import type { Resources } from '#host/resources/resources.ts';
import { resiliencyMetrics } from '#host/telemetry/resiliency-metrics.ts';
import type { TripCondition } from '#resilience/circuit-breaker.ts';
import { resiliency } from '#resilience/resiliency.ts';
import type { Resiliency } from '#resilience/resiliency.ts';
import type { Telemetry } from './telemetry.ts';
import type { SidecarDependencies } from './sidecar-dependencies.ts';

/** The policies of the resource files. A resource with an invalid expression is ignored, with an error in the log. */
export async function resilienceFor(
  { resiliencies }: Resources,
  { activities, registry }: Pick<Telemetry, 'registry'> & { readonly activities: Recorder },
  dependencies: SidecarDependencies,
): Promise<Resiliency> {
  const conditions = await compileTripConditions(
    resiliencies.flatMap(({ breakers }) => [...breakers.values()].map(({ trip = '' }) => trip)),
  );
  const usable = resiliencies.filter(({ name, location, breakers }) => {
    for (const { trip = '' } of breakers.values()) {
      const problem = conditions.problems.get(trip);
      if (problem === undefined) continue;
      dependencies.log.error({}, `Could not read resiliency policy ${name}: ${location}: trip '${trip}': ${problem}`);
      return false;
    }
    return true;
  });
  for (const { name } of usable) dependencies.log.info({}, `Loading Resiliency configuration: ${name}`);
  return resiliency({
    ...dependencies,
    recorder: activities,
    resources: usable,
    tripOf: (expression) => conditions.compiled.get(expression) ?? (() => false),
    ...(usable.length > 0 ? { observerAt: resiliencyMetrics(registry, usable) } : undefined),
  });
}

interface CompiledTripConditions {
  readonly compiled: ReadonlyMap<string, TripCondition>;
  readonly problems: ReadonlyMap<string, string>;
}

/** Loads the CEL compiler only when there are expressions. */
async function compileTripConditions(expressions: readonly string[]): Promise<CompiledTripConditions> {
  const compiled = new Map<string, TripCondition>();
  const problems = new Map<string, string>();
  const distinct = new Set(expressions.filter((expression) => expression !== ''));
  if (distinct.size === 0) return { compiled, problems };
  const { celCompiler } = await import('#components/cel/expressions.ts');
  const compile = celCompiler();
  for (const expression of distinct) {
    try {
      compiled.set(expression, tripConditionOf(compile(expression)));
    } catch (cause) {
      problems.set(expression, textOf(cause));
    }
  }
  return { compiled, problems };
}

/** An expression that fails does not open a breaker. */
function tripConditionOf(evaluate: (variables: Readonly<Record<string, unknown>>) => unknown): TripCondition {
  return (counts) => {
    const variables = Object.fromEntries(
      Object.entries(counts).map(([name, count]) => [name, BigInt(count as number)]),
    );
    try {
      return evaluate(variables) === true;
    } catch {
      return false;
    }
  };
}
