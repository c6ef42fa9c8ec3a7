import type { Loaded } from '#core/component.ts';
import type { Broker } from './broker.ts';
import { scopesOf } from './scopes.ts';
import type { Scopes } from './scopes.ts';

/** One pub/sub component as the block uses it. */
export interface Target {
  readonly name: string;
  readonly broker: Broker;
  readonly scopes: Scopes;
  /** The name that replicas of this app share. */
  readonly consumer: string;
  /**
   * Maps a topic to the broker's name for it, and back. They differ only for components that are scoped to a namespace.
   */
  onBroker(topic: string): string;
  ofBroker(topic: string): string;
}

export interface TargetOptions {
  readonly appId: string;
  readonly namespace: string;
  /** By component name. May change at run time. */
  readonly brokers: ReadonlyMap<string, Loaded<Broker>>;
}

/** Looks a component up by name; undefined when there is none. */
export function targetsOf(options: TargetOptions): (name: string) => Target | undefined {
  const cache = new Map<string, { readonly component: Loaded<Broker>; readonly target: Target }>();
  return (name) => {
    const component = options.brokers.get(name);
    if (component === undefined) return undefined;
    const entry = cache.get(name);
    if (entry?.component === component) return entry.target;
    const target = targetOf(component, options);
    cache.set(name, { component, target });
    return target;
  };
}

function targetOf(component: Loaded<Broker>, { appId, namespace }: TargetOptions): Target {
  const prefix = component.isNamespaced ? namespace : '';
  return {
    name: component.name,
    broker: component.port,
    scopes: scopesOf(component, appId),
    consumer: component.metadata.consumerid || appId,
    onBroker: (topic) => prefix + topic,
    ofBroker: (topic) => (prefix !== '' && topic.startsWith(prefix) ? topic.slice(prefix.length) : topic),
  };
}
