import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import { directionsOf, isInputBinding, isOutputBinding } from '#blocks/bindings/binding.ts';
import type { Binding } from '#blocks/bindings/binding.ts';
import type { ConfigurationStore } from '#blocks/configuration/configuration-store.ts';
import type { ConversationComponent } from '#blocks/conversation/conversation-component.ts';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import type { LockStore } from '#blocks/lock/lock-store.ts';
import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { Broker } from '#blocks/pubsub/broker.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import type { StateStore } from '#blocks/state/state-store.ts';
import * as registry from '#components/registry.ts';
import type { LazyFactory, Pluggable } from '#components/registry.ts';
import type { Recorder } from '#core/activity.ts';
import type { Loaded } from '#core/component.ts';
import type { Policy } from '#core/policy.ts';
import {
  resilientBinding,
  resilientBroker,
  resilientConfigurationStore,
  resilientConversationComponent,
  resilientKeyVault,
  resilientLockStore,
  resilientSecretStore,
} from '#resilience/resilient-components.ts';
import { resilientStateStore } from '#resilience/resilient-state-store.ts';
import type { Resiliency } from '#resilience/resiliency.ts';
import { observedStateStore } from '../observed/observed-state-store.ts';

/** The port that the components of each kind implement. */
export interface Ports {
  readonly stateStores: StateStore;
  readonly brokers: Broker;
  readonly secretStores: SecretStore;
  readonly bindings: Binding;
  readonly configurationStores: ConfigurationStore;
  readonly lockStores: LockStore;
  readonly conversationComponents: ConversationComponent;
  readonly keyVaults: KeyVault;
  readonly httpMiddlewares: HttpMiddleware;
}

export type KindName = keyof Ports;

/** What components are wrapped in. */
export interface Wrapping {
  readonly policies: Resiliency;
  readonly recorder: Recorder;
}

type Wrap<Port> = (port: Port, name: string, wrapping: Wrapping) => Port;

/** One kind of component. */
export interface Kind<Port> {
  /** The first part of its types: `state` of `state.postgresql`. */
  readonly category: string;
  /** The built-in types, as `type/version`. */
  readonly table: Readonly<Record<string, LazyFactory<Port>>>;
  /** Wraps a component before its first use. */
  readonly wrap: Wrap<Port>;
  /** Creates a pluggable component, where the kind supports them. */
  readonly pluggable?: Pluggable<Port>;
  /** Looked up by name for each call, so that components can be exchanged at run time. Their consumers are reattached. */
  readonly hotReloadable: boolean;
  /** For the metadata API. */
  readonly capabilities: (component: Loaded<Port>) => readonly string[];
}

/** The only list of the kinds of components. */
export const kinds: { readonly [Name in KindName]: Kind<Ports[Name]> } = {
  stateStores: {
    category: 'state',
    table: registry.stateStores,
    // the outer wrapper, so that an activity includes the retries
    wrap: (store, name, wrapping) =>
      observedStateStore(
        underPolicy('Statestore', resilientStateStore)(store, name, wrapping),
        wrapping.recorder,
        name,
      ),
    pluggable: registry.pluggable.stateStore,
    hotReloadable: true,
    capabilities: ({ port }) => [...port.features, ...(isActorCapable(port) ? ['ACTOR'] : [])],
  },
  brokers: {
    category: 'pubsub',
    table: registry.brokers,
    wrap: underPolicy('Pubsub', resilientBroker),
    pluggable: registry.pluggable.broker,
    hotReloadable: true,
    capabilities: ({ port }) => port.features,
  },
  secretStores: {
    category: 'secretstores',
    table: registry.secretStores,
    wrap: underPolicy('Secretstore', resilientSecretStore),
    pluggable: registry.pluggable.secretStore,
    hotReloadable: true,
    capabilities: ({ port }) => port.features,
  },
  bindings: {
    category: 'bindings',
    table: registry.bindings,
    wrap: underPolicy('Binding', resilientBinding),
    pluggable: registry.pluggable.binding,
    hotReloadable: true,
    capabilities: bindingDirections,
  },
  configurationStores: {
    category: 'configuration',
    table: registry.configurationStores,
    wrap: underPolicy('Configuration', resilientConfigurationStore),
    hotReloadable: true,
    capabilities: none,
  },
  lockStores: {
    category: 'lock',
    table: registry.lockStores,
    wrap: underPolicy('Lock', resilientLockStore),
    hotReloadable: true,
    capabilities: none,
  },
  conversationComponents: {
    category: 'conversation',
    table: registry.conversationComponents,
    wrap: underPolicy('Conversation', resilientConversationComponent),
    hotReloadable: true,
    capabilities: none,
  },
  keyVaults: {
    category: 'crypto',
    table: registry.keyVaults,
    wrap: underPolicy('Crypto', resilientKeyVault),
    hotReloadable: true,
    capabilities: none,
  },
  httpMiddlewares: {
    category: 'middleware',
    table: registry.httpMiddlewares,
    wrap: (middleware) => middleware,
    hotReloadable: true,
    capabilities: none,
  },
};

export const kindNames = Object.keys(kinds) as readonly KindName[];

/** The kind of a type such as `state.postgresql`; undefined when there is none. */
export function kindNameOf(type: string): KindName | undefined {
  const [category] = type.split('.');
  return kindNames.find((name) => kinds[name].category === category);
}

/** Wraps a component in its outbound policy, if it has one. */
function underPolicy<Port>(
  kind: Parameters<Resiliency['outbound']>[1],
  wrap: (port: Port, policy: Policy, name: string) => Port,
): Wrap<Port> {
  return (port, name, { policies }) => {
    const policy = policies.outbound(name, kind);
    return policy ? wrap(port, policy, name) : port;
  };
}

function bindingDirections({ metadata, port }: Loaded<Binding>): readonly string[] {
  const { isInput, isOutput } = directionsOf(metadata);
  return [
    ...(isInput && isInputBinding(port) ? ['INPUT_BINDING'] : []),
    ...(isOutput && isOutputBinding(port) ? ['OUTPUT_BINDING'] : []),
  ];
}

function none(): readonly string[] {
  return [];
}
