import type {
  ActorTarget,
  AppTarget,
  BreakerRule,
  ComponentTarget,
  ResiliencyResource,
  RetryRule,
} from '#core/resiliency-resource.ts';

/** The policies of all Resiliency resources together. */
export interface PolicyTable {
  readonly timeouts: ReadonlyMap<string, number>;
  readonly retries: ReadonlyMap<string, RetryRule>;
  readonly breakers: ReadonlyMap<string, BreakerRule>;
  readonly apps: ReadonlyMap<string, AppTarget>;
  readonly actors: ReadonlyMap<string, ActorTarget>;
  readonly components: ReadonlyMap<string, ComponentTarget>;
}

/** Names of the sidecar's built-in policies. */
const builtIn = /^DaprBuiltIn(Service|Actor|ActorReminder|Initialization)Retries$/;
const protectedName = 'DaprBuiltInActorNotFoundRetries';
const minBuiltInRetries = 3;

/** Later resources override earlier ones, name by name. */
export function mergedPolicies(resources: readonly ResiliencyResource[]): PolicyTable {
  return {
    timeouts: new Map(resources.flatMap((resource) => [...resource.timeouts])),
    retries: new Map(resources.flatMap((resource) => [...resource.retries]).flatMap(allowed)),
    breakers: new Map(resources.flatMap((resource) => [...resource.breakers])),
    apps: new Map(resources.flatMap((resource) => [...resource.apps])),
    actors: new Map(resources.flatMap((resource) => [...resource.actors])),
    components: new Map(resources.flatMap((resource) => [...resource.components])),
  };
}

/** Built-in retries may be increased, not reduced. */
function allowed([name, rule]: [string, RetryRule]): readonly [string, RetryRule][] {
  if (name === protectedName) return [];
  if (!builtIn.test(name)) return [[name, rule]];
  return [[name, { ...rule, maxRetries: Math.max(minBuiltInRetries, rule.maxRetries) }]];
}
