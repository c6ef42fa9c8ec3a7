import type { Policy } from '#core/policy.ts';
import type { PolicyNames, ResiliencyResource } from '#core/resiliency-resource.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { Trip } from './circuit-breaker.ts';
import { componentLevels, defaultsFor } from './default-names.ts';
import type { ComponentKind, Direction } from './default-names.ts';
import { Lru } from './lru.ts';
import { mergedPolicies } from './merged-policies.ts';
import type { PolicyTable } from './merged-policies.ts';
import { policyOf } from './policy.ts';
import type { PolicyWatch, PolicyWorld } from './policy.ts';
import { builtInServiceRetries } from './retry.ts';

/** The policies of the resource files, by what they are for. Undefined means that there is none. */
export interface Resiliency {
  /** Around a whole call to an app or a server outside. Each `endpoint` has a breaker of its own. */
  app(appId: string, endpoint: string): Policy | undefined;
  /** Around a call to another sidecar, inside of `app`: none for an app that a resource names. */
  serviceRetries(appId: string): Policy | undefined;
  /** Around asking an app what it wants to hear, where `DaprBuiltInInitializationRetries` is defined anew. */
  readonly initialization: Policy | undefined;
  /** Around a whole call to an actor, wherever it lives. */
  actor(type: string, id: string): Policy | undefined;
  /** Around what the app is asked within a turn. */
  actorTurn(type: string): Policy | undefined;
  /** Around what the sidecar asks of a component. */
  outbound(component: string, kind: ComponentKind): Policy | undefined;
  /** Around what the app is asked because of a component: an event, or a binding's message. */
  inbound(component: string, kind: ComponentKind): Policy | undefined;
}

/** Where a policy is applied, for metrics. */
export interface PolicyPlace {
  readonly direction: Direction;
  /** Such as `app_payment` or `Statestore_orders`. */
  readonly target: string;
  readonly hasTimeout: boolean;
  readonly hasRetry: boolean;
}

export interface ResiliencyOptions extends PolicyWorld {
  /** Later ones override earlier ones, name by name. */
  readonly resources: readonly ResiliencyResource[];
  /** Turns a `trip` expression into a test. It must not throw when it is used. */
  readonly tripOf: (expression: string) => Trip;
  readonly watchAt?: (place: PolicyPlace) => PolicyWatch;
}

/** Callers choose app ids and actor types: what was asked about once is not kept for ever. */
const targetsKept = 1000;
const usualAppBreakers = 100;
const usualActorBreakers = 5000;

export function resiliency(options: ResiliencyOptions): Resiliency {
  const policies = mergedPolicies(options.resources);
  const made = new PolicyMaker(options, policies);
  const retries = builtInServiceRetries(options, policies.retries.get('DaprBuiltInServiceRetries'));
  const initialization = policies.retries.get('DaprBuiltInInitializationRetries');
  const apps = new Lru<(key: string) => Policy | undefined>(targetsKept);
  const actors = new Lru<(key: string) => Policy | undefined>(targetsKept);
  const turns = new Lru<{ readonly policy: Policy | undefined }>(targetsKept);
  const components = new Map<string, Policy | undefined>();
  const actorNames = (type: string): PolicyNames => policies.actors.get(type) ?? defaultsFor(policies, ['Actor']);
  const hasApps = policies.apps.size > 0 || isAny(defaultsFor(policies, ['App']));
  const hasActors = policies.actors.size > 0 || isAny(defaultsFor(policies, ['Actor']));

  const ofComponent = (component: string, kind: ComponentKind, direction: Direction): Policy | undefined => {
    const key = `${direction} ${kind} ${component}`;
    if (components.has(key)) return components.get(key);
    const names = policies.components.get(component)?.[direction];
    const wanted = names ?? defaultsFor(policies, componentLevels(kind, direction));
    const policy = made.policy(wanted, { direction, target: `${kind}_${component}` });
    components.set(key, policy);
    return policy;
  };

  return {
    app(appId, endpoint) {
      if (!hasApps) return undefined;
      return apps.get(appId, () => {
        const target = policies.apps.get(appId);
        const place = { direction: 'outbound', target: `app_${appId}` } as const;
        const names = target ?? defaultsFor(policies, ['App']);
        return made.policies(names, place, target?.breakerCacheSize || usualAppBreakers);
      })(endpoint);
    },
    initialization: initialization && policyOf({ retry: initialization }, options),
    serviceRetries: (appId) => (policies.apps.has(appId) ? undefined : retries),
    actor(type, id) {
      if (!hasActors) return undefined;
      const target = policies.actors.get(type);
      return actors.get(type, () => {
        const place = { direction: 'outbound', target: `actor_${type}` } as const;
        // waiting for the actor's turn has no limit: the time limit is for the turn itself
        const names = { ...actorNames(type), timeout: undefined };
        return made.policies(names, place, target?.breakerCacheSize || usualActorBreakers);
      })(target?.breakerScope === 'id' ? id : '');
    },
    actorTurn(type) {
      if (!hasActors) return undefined;
      return turns.get(type, () => {
        const place = { direction: 'outbound', target: `actor_${type}` } as const;
        return { policy: made.policy({ timeout: actorNames(type).timeout }, place) };
      }).policy;
    },
    outbound: (component, kind) => ofComponent(component, kind, 'outbound'),
    inbound: (component, kind) => ofComponent(component, kind, 'inbound'),
  };
}

type Place = Pick<PolicyPlace, 'direction' | 'target'>;

class PolicyMaker {
  readonly #options: ResiliencyOptions;
  readonly #table: PolicyTable;

  constructor(options: ResiliencyOptions, table: PolicyTable) {
    this.#options = options;
    this.#table = table;
  }

  /** One policy with one breaker. A name that no resource defines is as good as none. */
  policy(names: PolicyNames, place: Place): Policy | undefined {
    const { timeouts, retries, breakers } = this.#table;
    const timeoutMs = timeouts.get(names.timeout ?? '');
    const retry = retries.get(names.retry ?? '');
    const rule = breakers.get(names.circuitBreaker ?? '');
    if (!timeoutMs && !retry && !rule) return undefined;
    const { clock, tripOf, watchAt } = this.#options;
    const trip = rule?.trip === undefined ? undefined : tripOf(rule.trip);
    const parts = {
      ...(timeoutMs ? { timeoutMs } : undefined),
      ...(retry ? { retry } : undefined),
      ...(rule ? { breaker: new CircuitBreaker(rule, clock, trip) } : undefined),
    };
    const watch = watchAt?.({ ...place, hasTimeout: Boolean(timeoutMs), hasRetry: retry !== undefined });
    return policyOf({ ...parts, ...(watch ? { watch } : undefined) }, this.#options);
  }

  /** The same policy for all keys, or one for each when each needs a breaker. */
  policies(names: PolicyNames, place: Place, size: number): (key: string) => Policy | undefined {
    if (!this.#table.breakers.has(names.circuitBreaker ?? '')) {
      const only = this.policy(names, place);
      return () => only;
    }
    const kept = new Lru<Policy | undefined>(size);
    return (key) => kept.get(key, () => this.policy(names, place));
  }
}

function isAny({ timeout, retry, circuitBreaker }: PolicyNames): boolean {
  return timeout !== undefined || retry !== undefined || circuitBreaker !== undefined;
}
