import type { Binding } from '#blocks/bindings/binding.ts';
import type { ConversationComponent } from '#blocks/conversation/conversation-component.ts';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import type { ConfigurationStore } from '#blocks/configuration/configuration-store.ts';
import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { LockStore } from '#blocks/lock/lock-store.ts';
import type { Broker } from '#blocks/pubsub/broker.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import type { StateStore } from '#blocks/state/state-store.ts';
import { valueCipher } from '#blocks/state/value-cipher.ts';
import type { LazyFactory, Pluggable } from '#components/registry.ts';
import {
  bindings,
  brokers,
  configurationStores,
  conversationComponents,
  httpMiddlewares,
  keyVaults,
  lockStores,
  pluggable,
  secretStores,
  stateStores,
  unsupported,
} from '#components/registry.ts';
import { findSocket } from '#components/pluggable/find-socket.ts';
import type { Call } from '#core/call.ts';
import type { ComponentContext, Loaded } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { defineError, textOf, withCause } from '#core/errors.ts';
import type { ComponentResource } from '#core/resource.ts';
import { closeAll } from './close-all.ts';

/** Every initialised component, by building block. */
export interface Components {
  readonly stateStores: ReadonlyMap<string, Loaded<StateStore>>;
  readonly brokers: ReadonlyMap<string, Loaded<Broker>>;
  readonly secretStores: ReadonlyMap<string, Loaded<SecretStore>>;
  readonly configurationStores: ReadonlyMap<string, Loaded<ConfigurationStore>>;
  readonly lockStores: ReadonlyMap<string, Loaded<LockStore>>;
  readonly bindings: ReadonlyMap<string, Loaded<Binding>>;
  readonly conversers: ReadonlyMap<string, Loaded<ConversationComponent>>;
  readonly keyVaults: ReadonlyMap<string, Loaded<KeyVault>>;
  readonly httpMiddlewares: ReadonlyMap<string, Loaded<HttpMiddleware>>;
  /**
   * Closes removed and changed components and opens new and changed ones. `reattachConsumers` detaches consumers before
   * removed components are closed, and attaches them to new ones once these are open. Rejects with `componentFailed`
   * for the first that could not be opened and must not be ignored; the others are open then.
   */
  reload(
    removed: readonly string[],
    added: readonly ComponentResource[],
    reattachConsumers: () => Promise<void>,
  ): Promise<void>;
  close(): Promise<void>;
}

/** Wraps a component before its first use. */
type Wrapper<Port> = (port: Port, name: string) => Port;

export interface ComponentWrappers {
  readonly stateStore: Wrapper<StateStore>;
  readonly broker: Wrapper<Broker>;
  readonly secretStore: Wrapper<SecretStore>;
  readonly configurationStore: Wrapper<ConfigurationStore>;
  readonly lockStore: Wrapper<LockStore>;
  readonly binding: Wrapper<Binding>;
  readonly converser: Wrapper<ConversationComponent>;
  readonly keyVault: Wrapper<KeyVault>;
}

/** One kind of component: its factories, its map, its wrapper. */
interface Kind<Port> {
  readonly table: Readonly<Record<string, LazyFactory<Port>>>;
  readonly into: Map<string, Loaded<Port>>;
  readonly guard: Wrapper<Port> | undefined;
  /** Creates a pluggable component, where the kind supports them. */
  readonly plug?: Pluggable<Port>;
}

export interface ComponentLoader {
  readonly resources: readonly ComponentResource[];
  /** What every component gets beside its own resource. */
  readonly dependencies: Omit<ComponentContext, 'name' | 'type' | 'version' | 'metadata' | 'properties'>;
  /** Types, or `type/version`, that the configuration denies. */
  readonly denied: readonly string[];
  /** For reading secrets at startup. */
  readonly call: Call;
  readonly onInit?: (type: string, outcome: 'ok' | 'error') => void;
  readonly guards?: ComponentWrappers;
}

export const componentFailed = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  (resource: ComponentResource, reason: string) =>
    // the beginning is the reference's message, which its users search for in logs
    `process component ${resource.name} error: ${reason} [${resource.type}/${resource.version} at ${resource.location}]`,
);

/** The reference repeats it, and its users search for it in logs. */
const initFailed = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  ({ name, type, version }: ComponentResource, reason: string) =>
    `[INIT_COMPONENT_FAILURE]: initialization error occurred for ${name} (${type}/${version}): ${reason}`,
);

/** Secret stores are opened first, so that others can refer to them; the rest are opened concurrently. */
export async function loadComponents(loader: ComponentLoader): Promise<Components> {
  const { resources, onInit, guards } = loader;
  const components = {
    stateStores: new Map<string, Loaded<StateStore>>(),
    brokers: new Map<string, Loaded<Broker>>(),
    secretStores: new Map<string, Loaded<SecretStore>>(),
    configurationStores: new Map<string, Loaded<ConfigurationStore>>(),
    lockStores: new Map<string, Loaded<LockStore>>(),
    bindings: new Map<string, Loaded<Binding>>(),
    conversers: new Map<string, Loaded<ConversationComponent>>(),
    keyVaults: new Map<string, Loaded<KeyVault>>(),
    httpMiddlewares: new Map<string, Loaded<HttpMiddleware>>(),
  };
  const closers = new Map<string, () => Promise<void>>();
  const close = (): Promise<void> => closeAll([...closers.values()], loader.dependencies.log);

  const open = async <Port extends { close(): Promise<void> }>(
    resource: ComponentResource,
    { table, into, guard, plug }: Kind<Port>,
  ): Promise<void> => {
    const { name, type, version } = resource;
    try {
      const builtIn = factoryOf(resource, table, loader.denied);
      const factory = builtIn ?? (await pluggedFactory(resource, plug, loader.dependencies.env ?? {}));
      const properties = await resolvedProperties(resource, components.secretStores, loader.call);
      const metadata = inLowerCase(properties);
      const secretNames = secretNamesOf(resource);
      // invalid keys must be detected now, not by the first write
      if (type.startsWith('state.')) valueCipher({ name, metadata, secretNames });
      const context = {
        ...loader.dependencies,
        name,
        type,
        version,
        metadata,
        properties,
        log: loader.dependencies.log.scoped(`dapr.contrib.${type}`),
      };
      const init = async (): Promise<Port> => (await factory())(context);
      const opened = await withInitTimeout(resource, loader, init).catch((cause: unknown) => {
        const { message } = initFailed(resource, textOf(cause));
        loader.dependencies.log.error({}, `Failed to init component ${name} (${type}/${version}): ${message}`);
        throw withCause(initFailed(resource, message), cause);
      });
      closers.set(name, () => opened.close());
      const port = guard ? guard(opened, name) : opened;
      into.set(name, { name, type, version, metadata, secretNames, isNamespaced: resource.isNamespaced, port });
      onInit?.(type, 'ok');
      loader.dependencies.log.info({}, `Component loaded: ${name} (${type}/${version})`);
    } catch (cause) {
      onInit?.(type, 'error');
      const failure = withCause(componentFailed(resource, textOf(cause)), cause);
      if (!resource.ignoreErrors) throw failure;
      loader.dependencies.log.error({}, `Ignoring error processing component: ${failure.message}`);
    }
  };

  const openAny = (resource: ComponentResource): Promise<void> => {
    const area = resource.type.split('.')[0] ?? '';
    const { secretStore, broker, configurationStore, lockStore, binding, converser, keyVault, stateStore } =
      guards ?? {};
    switch (area) {
      case 'secretstores':
        return open(resource, {
          table: secretStores,
          into: components.secretStores,
          guard: secretStore,
          plug: pluggable.secretStore,
        });
      case 'pubsub':
        return open(resource, { table: brokers, into: components.brokers, guard: broker, plug: pluggable.broker });
      case 'configuration': {
        const into = components.configurationStores;
        return open(resource, { table: configurationStores, into, guard: configurationStore });
      }
      case 'lock':
        return open(resource, { table: lockStores, into: components.lockStores, guard: lockStore });
      case 'bindings':
        return open(resource, { table: bindings, into: components.bindings, guard: binding, plug: pluggable.binding });
      case 'conversation':
        return open(resource, { table: conversationComponents, into: components.conversers, guard: converser });
      case 'crypto':
        return open(resource, { table: keyVaults, into: components.keyVaults, guard: keyVault });
      case 'middleware':
        return open(resource, { table: httpMiddlewares, into: components.httpMiddlewares, guard: undefined });
      default:
        return open(resource, {
          table: stateStores,
          into: components.stateStores,
          guard: stateStore,
          plug: pluggable.stateStore,
        });
    }
  };

  try {
    const isSecretStore = ({ type }: ComponentResource): boolean => type.startsWith('secretstores.');
    // one after the other: a secret store may itself need a secret of an earlier one
    for (const resource of resources.filter(isSecretStore)) await openAny(resource);
    const opened = await Promise.allSettled(resources.filter((resource) => !isSecretStore(resource)).map(openAny));
    const failed = opened.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    const reload: Components['reload'] = async (removed, added, reattachConsumers) => {
      const closing = removed.flatMap((name) => closers.get(name) ?? []);
      for (const name of removed) {
        closers.delete(name);
        for (const into of Object.values(components)) into.delete(name);
      }
      if (closing.length > 0) {
        await reattachConsumers();
        await closeAll(closing, loader.dependencies.log);
      }
      const failures: unknown[] = [];
      for (const resource of added) await openAny(resource).catch((cause: unknown) => failures.push(cause));
      await reattachConsumers();
      if (failures.length > 0) throw failures[0];
    };
    return { ...components, reload, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

function factoryOf<Port>(
  { type, version }: ComponentResource,
  table: Readonly<Record<string, LazyFactory<Port>>>,
  denied: readonly string[],
): LazyFactory<Port> | undefined {
  const id = `${type}/${version}`;
  if (denied.includes(type) || denied.includes(id))
    throw new TypeError('the configuration denies components of this type');
  return Object.hasOwn(table, id) ? table[id] : undefined;
}

/** A type that is not built in may be a pluggable component, which has version v1 only. */
async function pluggedFactory<Port>(
  { type, version }: ComponentResource,
  plug: Pluggable<Port> | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LazyFactory<Port>> {
  const socket = plug && version === 'v1' ? await findSocket(type, env) : undefined;
  if (plug && socket !== undefined) return () => plug(socket);
  const id = `${type}/${version}`;
  const remedy = Object.hasOwn(unsupported, type) ? unsupported[type] : undefined;
  if (remedy !== undefined) throw new TypeError(`${type} is not supported: ${remedy}`);
  const area = type.split('.')[0] ?? '';
  const tables = [
    stateStores,
    brokers,
    configurationStores,
    lockStores,
    secretStores,
    bindings,
    conversationComponents,
    keyVaults,
    httpMiddlewares,
  ];
  const others = tables.flatMap((knownTypes) => Object.keys(knownTypes));
  const knownTypes = others.filter((other) => other.startsWith(`${area}.`));
  if (!categories.has(area)) throw new TypeError(`incorrect type ${type}`);
  const hint = knownTypes.length > 0 ? `there are ${knownTypes.join(', ')}` : `there are no ${area} components yet`;
  throw new TypeError(`couldn't find ${id}: ${hint}`);
}

/** The categories of types, implemented or not. */
const categories: ReadonlySet<string> = new Set(
  'state pubsub bindings secretstores configuration lock crypto conversation middleware'.split(' '),
);

function secretNamesOf({ metadata }: ComponentResource): Readonly<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const { name, value } of metadata) if (typeof value !== 'string') names[name.toLowerCase()] = value.secretName;
  return names;
}

/** Names as written; of those that differ only in case the last one wins. */
async function resolvedProperties(
  { metadata, secretStore, name: component }: ComponentResource,
  stores: ReadonlyMap<string, Loaded<SecretStore>>,
  call: Call,
): Promise<Readonly<Record<string, string>>> {
  const resolved: Record<string, string> = {};
  for (const { name, value, location } of metadata) {
    if (typeof value === 'string') {
      resolved[name] = value;
      continue;
    }
    const { secretName, secretKey } = value;
    const store = stores.get(secretStore);
    if (!store)
      throw new TypeError(
        secretStore === ''
          ? `${location}: ${name} refers to a secret, but ${component} names no store: add auth.secretStore`
          : `${location}: ${name} refers to a secret of ${secretStore}, and there is no such secret store`,
      );
    const secret = await store.port.get(call, secretName);
    const text = secret?.[secretKey];
    if (text === undefined)
      throw new TypeError(`${location}: ${secretStore} has no secret ${secretName} with the key ${secretKey}`);
    resolved[name] = text;
  }
  return resolved;
}

function inLowerCase(properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value]));
}

function withInitTimeout<Port extends { close(): Promise<void> }>(
  resource: ComponentResource,
  loader: ComponentLoader,
  init: () => Promise<Port>,
): Promise<Port> {
  let isLate = false;
  const work = async (): Promise<Port> => {
    const port = await init();
    if (isLate) await port.close();
    return port;
  };
  return withTimeout(loader.dependencies.clock, resource.initTimeoutMs, work, () => {
    isLate = true;
    return new Error(`it was not ready within ${resource.initTimeoutMs} ms (spec.initTimeout)`);
  });
}
