import type { Policy } from '#core/policy.ts';
import type { PolicyNames, ResiliencyResource } from '#core/resiliency-resource.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { TripCondition } from './circuit-breaker.ts';
import { componentLevels, defaultsFor } from './default-names.ts';
import type { ComponentKind, Direction } from './default-names.ts';
import { Lru } from './lru.ts';
import { mergedPolicies } from './merged-policies.ts';
import type { PolicyTable } from './merged-policies.ts';
import { policyOf } from './policy.ts';
import type { PolicyObserver, PolicyDependencies } from './policy.ts';
import { builtInServiceRetries } from './retry.ts';

/** The policies of the resource files, by target. Undefined means that there is none. */
export interface Resiliency {
  /** For a whole call to an app or an external server. Each `endpoint` has its own breaker. */
  app(appId: string, endpoint: string): Policy | undefined;
  /** For a call to another sidecar, inside of `app`: none for an app that a resource names. */
  serviceRetries(appId: string): Policy | undefined;
  /** For the query of the app's subscriptions, where `DaprBuiltInInitializationRetries` is redefined. */
  readonly initialization: Policy | undefined;
  /** For a whole call to an actor, wherever it is placed. */
  actor(type: string, id: string): Policy | undefined;
  /** For calls to the app within a turn. */
  actorTurn(type: string): Policy | undefined;
  /** For operations of the sidecar on a component. */
  outbound(component: string, kind: ComponentKind): Policy | undefined;
  /** For calls to the app because of a component: an event, or a binding's message. */
  inbound(component: string, kind: ComponentKind): Policy | undefined;
}

/** Where a policy is applied, for metrics. */
export interface PolicyLocation {
  readonly direction: Direction;
  /** Such as `app_payment` or `Statestore_orders`. */
  readonly target: string;
  readonly hasTimeout: boolean;
  readonly hasRetry: boolean;
}

export interface ResiliencyOptions extends PolicyDependencies {
  /** Later ones override earlier ones, name by name. */
  readonly resources: readonly ResiliencyResource[];
  /** Compiles a `trip` expression into a condition, which must not throw. */
  readonly tripOf: (expression: string) => TripCondition;
  readonly observerAt?: (location: PolicyLocation) => PolicyObserver;
}

/** Callers choose app ids and actor types, so the number of cached policies is limited. */
const maxCachedTargets = 1000;
const defaultAppBreakers = 100;
const defaultActorBreakers = 5000;

export function resiliency(options: ResiliencyOptions): Resiliency {
  const policies = mergedPolicies(options.resources);
  const factory = new PolicyFactory(options, policies);
  const retries = builtInServiceRetries(options, policies.retries.get('DaprBuiltInServiceRetries'));
  const initialization = policies.retries.get('DaprBuiltInInitializationRetries');
  const apps = new Lru<(key: string) => Policy | undefined>(maxCachedTargets);
  const actors = new Lru<(key: string) => Policy | undefined>(maxCachedTargets);
  const turns = new Lru<{ readonly policy: Policy | undefined }>(maxCachedTargets);
  const components = new Map<string, Policy | undefined>();
  const actorNames = (type: string): PolicyNames => policies.actors.get(type) ?? defaultsFor(policies, ['Actor']);
  const hasApps = policies.apps.size > 0 || isAny(defaultsFor(policies, ['App']));
  const hasActors = policies.actors.size > 0 || isAny(defaultsFor(policies, ['Actor']));

  const ofComponent = (component: string, kind: ComponentKind, direction: Direction): Policy | undefined => {
    const key = `${direction} ${kind} ${component}`;
    if (components.has(key)) return components.get(key);
    const names = policies.components.get(component)?.[direction];
    const policyNames = names ?? defaultsFor(policies, componentLevels(kind, direction));
    const policy = factory.policy(policyNames, { direction, target: `${kind}_${component}` });
    components.set(key, policy);
    return policy;
  };

  return {
    app(appId, endpoint) {
      if (!hasApps) return undefined;
      return apps.get(appId, () => {
        const target = policies.apps.get(appId);
        const location = { direction: 'outbound', target: `app_${appId}` } as const;
        const names = target ?? defaultsFor(policies, ['App']);
        return factory.policies(names, location, target?.breakerCacheSize || defaultAppBreakers);
      })(endpoint);
    },
    initialization: initialization && policyOf({ retry: initialization }, options),
    serviceRetries: (appId) => (policies.apps.has(appId) ? undefined : retries),
    actor(type, id) {
      if (!hasActors) return undefined;
      const target = policies.actors.get(type);
      return actors.get(type, () => {
        const location = { direction: 'outbound', target: `actor_${type}` } as const;
        // waiting for the actor's turn has no limit: the time limit applies to the turn itself
        const names = { ...actorNames(type), timeout: undefined };
        return factory.policies(names, location, target?.breakerCacheSize || defaultActorBreakers);
      })(target?.breakerScope === 'id' ? id : '');
    },
    actorTurn(type) {
      if (!hasActors) return undefined;
      return turns.get(type, () => {
        const location = { direction: 'outbound', target: `actor_${type}` } as const;
        return { policy: factory.policy({ timeout: actorNames(type).timeout }, location) };
      }).policy;
    },
    outbound: (component, kind) => ofComponent(component, kind, 'outbound'),
    inbound: (component, kind) => ofComponent(component, kind, 'inbound'),
  };
}

type PolicyKey = Pick<PolicyLocation, 'direction' | 'target'>;

class PolicyFactory {
  readonly #options: ResiliencyOptions;
  readonly #table: PolicyTable;

  constructor(options: ResiliencyOptions, table: PolicyTable) {
    this.#options = options;
    this.#table = table;
  }

  /** One policy with one breaker. An undefined policy name means none. */
  policy(names: PolicyNames, location: PolicyKey): Policy | undefined {
    const { timeouts, retries, breakers } = this.#table;
    const timeoutMs = timeouts.get(names.timeout ?? '');
    const retry = retries.get(names.retry ?? '');
    const rule = breakers.get(names.circuitBreaker ?? '');
    if (!timeoutMs && !retry && !rule) return undefined;
    const { clock, tripOf, observerAt } = this.#options;
    const trip = rule?.trip === undefined ? undefined : tripOf(rule.trip);
    const parts = {
      ...(timeoutMs ? { timeoutMs } : undefined),
      ...(retry ? { retry } : undefined),
      ...(rule ? { breaker: new CircuitBreaker(rule, clock, trip) } : undefined),
    };
    const observer = observerAt?.({ ...location, hasTimeout: Boolean(timeoutMs), hasRetry: retry !== undefined });
    return policyOf({ ...parts, ...(observer ? { observer } : undefined) }, this.#options);
  }

  /** The same policy for all keys, or one for each when each needs a breaker. */
  policies(names: PolicyNames, location: PolicyKey, size: number): (key: string) => Policy | undefined {
    if (!this.#table.breakers.has(names.circuitBreaker ?? '')) {
      const only = this.policy(names, location);
      return () => only;
    }
    const cache = new Lru<Policy | undefined>(size);
    return (key) => cache.get(key, () => this.policy(names, location));
  }
}

function isAny({ timeout, retry, circuitBreaker }: PolicyNames): boolean {
  return timeout !== undefined || retry !== undefined || circuitBreaker !== undefined;
}
