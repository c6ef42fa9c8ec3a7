import type { Recorder } from '#core/activity.ts';
import { textOf } from '#core/errors.ts';
import type { Resources } from '#host/resources.ts';
import { resiliencyMetrics } from '#host/resiliency-metrics.ts';
import type { Trip } from '#resilience/circuit-breaker.ts';
import {
  resilientBinding,
  resilientBroker,
  resilientConfigurationStore,
  resilientConverser,
  resilientKeyVault,
  resilientLockStore,
  resilientSecretStore,
} from '#resilience/resilient-components.ts';
import { resilientStateStore } from '#resilience/resilient-state-store.ts';
import { resiliency } from '#resilience/resiliency.ts';
import type { Resiliency } from '#resilience/resiliency.ts';
import { observedStateStore } from '../observed/observed-state-store.ts';
import type { ComponentGuards } from './load-components.ts';
import type { Observation } from './observation.ts';
import type { World } from './world.ts';

/** The policies of the resource files at work. A resource whose expression cannot be read is left out, with a complaint. */
export async function resilienceFor(
  { resiliencies }: Resources,
  { activities, registry }: Pick<Observation, 'registry'> & { readonly activities: Recorder },
  world: World,
): Promise<Resiliency> {
  const trips = await tripsOf(
    resiliencies.flatMap(({ breakers }) => [...breakers.values()].map(({ trip = '' }) => trip)),
  );
  const usable = resiliencies.filter(({ name, place, breakers }) => {
    for (const { trip = '' } of breakers.values()) {
      const refusal = trips.refusals.get(trip);
      if (refusal === undefined) continue;
      world.log.error({}, `Could not read resiliency policy ${name}: ${place}: trip '${trip}': ${refusal}`);
      return false;
    }
    return true;
  });
  for (const { name } of usable) world.log.info({}, `Loading Resiliency configuration: ${name}`);
  return resiliency({
    ...world,
    recorder: activities,
    resources: usable,
    tripOf: (expression) => trips.compiled.get(expression) ?? (() => false),
    ...(usable.length > 0 ? { watchAt: resiliencyMetrics(registry, usable) } : undefined),
  });
}

/** Each component under its outbound policy, when it has one; what state stores do is recorded around that. */
export function guardsOf(policies: Resiliency, recorder: Recorder): ComponentGuards {
  const guard =
    <Port>(
      kind: Parameters<Resiliency['outbound']>[1],
      wrap: (port: Port, policy: NonNullable<ReturnType<Resiliency['outbound']>>, name: string) => Port,
    ) =>
    (port: Port, name: string): Port => {
      const policy = policies.outbound(name, kind);
      return policy ? wrap(port, policy, name) : port;
    };
  const stateStore = guard('Statestore', resilientStateStore);
  return {
    stateStore: (store, name) => observedStateStore(stateStore(store, name), recorder, name),
    broker: guard('Pubsub', resilientBroker),
    secretStore: guard('Secretstore', resilientSecretStore),
    configurationStore: guard('Configuration', resilientConfigurationStore),
    lockStore: guard('Lock', resilientLockStore),
    binding: guard('Binding', resilientBinding),
    converser: guard('Conversation', resilientConverser),
    keyVault: guard('Crypto', resilientKeyVault),
  };
}

interface Trips {
  readonly compiled: ReadonlyMap<string, Trip>;
  readonly refusals: ReadonlyMap<string, string>;
}

/** Loads what evaluates expressions only when there are some. */
async function tripsOf(expressions: readonly string[]): Promise<Trips> {
  const compiled = new Map<string, Trip>();
  const refusals = new Map<string, string>();
  const wanted = new Set(expressions.filter((expression) => expression !== ''));
  if (wanted.size === 0) return { compiled, refusals };
  const { celCompiler } = await import('#components/cel/expressions.ts');
  const compile = celCompiler();
  for (const expression of wanted) {
    try {
      compiled.set(expression, tripOf(compile(expression)));
    } catch (cause) {
      refusals.set(expression, textOf(cause));
    }
  }
  return { compiled, refusals };
}

/** What cannot be evaluated does not open a breaker. */
function tripOf(evaluate: (variables: Readonly<Record<string, unknown>>) => unknown): Trip {
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
