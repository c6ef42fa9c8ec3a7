import { valueCipher } from '#blocks/state/value-cipher.ts';
import type { Call } from '#core/call.ts';
import type { ComponentContext, Loaded } from '#core/component.ts';
import { defineError, textOf, withCause } from '#core/errors.ts';
import type { ComponentResource } from '#core/resource.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { closeAll } from './close-all.ts';
import { checkDenied, factoryOf } from './component-factory.ts';
import { kindNameOf, kindNames, kinds } from './component-kinds.ts';
import type { KindName, Ports, Wrapping } from './component-kinds.ts';
import { inLowerCase, resolveProperties, secretNamesOf } from './component-properties.ts';

/** The initialised components of each kind, by name. */
export type ComponentMaps = { readonly [Name in KindName]: ReadonlyMap<string, Loaded<Ports[Name]>> };

/** Every initialised component. */
export interface Components extends ComponentMaps {
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

export interface ComponentLoader {
  readonly resources: readonly ComponentResource[];
  /** What every component gets beside its own resource. */
  readonly dependencies: Omit<ComponentContext, 'name' | 'type' | 'version' | 'metadata' | 'properties'>;
  /** Types, or `type/version`, that the configuration denies. */
  readonly denied: readonly string[];
  /** For reading secrets at startup. */
  readonly call: Call;
  readonly onInit?: (type: string, outcome: 'ok' | 'error') => void;
  readonly wrapping?: Wrapping;
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
  const set = new ComponentSet(loader);
  try {
    await set.openAll(loader.resources);
  } catch (cause) {
    await set.close();
    throw cause;
  }
  return {
    ...set.maps,
    reload: (removed, added, reattachConsumers) => set.reload(removed, added, reattachConsumers),
    close: () => set.close(),
  };
}

type WritableMaps = { readonly [Name in KindName]: Map<string, Loaded<Ports[Name]>> };

class ComponentSet {
  readonly #loader: ComponentLoader;
  readonly #closers = new Map<string, () => Promise<void>>();
  readonly maps = Object.fromEntries(kindNames.map((name) => [name, new Map()])) as WritableMaps;

  constructor(loader: ComponentLoader) {
    this.#loader = loader;
  }

  async openAll(resources: readonly ComponentResource[]): Promise<void> {
    const isSecretStore = ({ type }: ComponentResource): boolean => kindNameOf(type) === 'secretStores';
    // one after the other: a secret store may itself need a secret of an earlier one
    for (const resource of resources.filter(isSecretStore)) await this.#open(resource);
    const others = resources.filter((resource) => !isSecretStore(resource));
    const opened = await Promise.allSettled(others.map((resource) => this.#open(resource)));
    const failed = opened.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async reload(
    removed: readonly string[],
    added: readonly ComponentResource[],
    reattachConsumers: () => Promise<void>,
  ): Promise<void> {
    const closing = removed.flatMap((name) => this.#closers.get(name) ?? []);
    for (const name of removed) {
      this.#closers.delete(name);
      for (const map of Object.values(this.maps)) map.delete(name);
    }
    if (closing.length > 0) {
      await reattachConsumers();
      await closeAll(closing, this.#loader.dependencies.log);
    }
    const failures: unknown[] = [];
    for (const resource of added) await this.#open(resource).catch((cause: unknown) => failures.push(cause));
    await reattachConsumers();
    if (failures.length > 0) throw failures[0];
  }

  close(): Promise<void> {
    return closeAll([...this.#closers.values()], this.#loader.dependencies.log);
  }

  async #open(resource: ComponentResource): Promise<void> {
    const { onInit, dependencies, denied } = this.#loader;
    const { name, type, version } = resource;
    try {
      checkDenied(resource, denied);
      const kindName = kindNameOf(type);
      if (kindName === undefined) throw new TypeError(`incorrect type ${type}`);
      await this.#openOf(kindName, resource);
      onInit?.(type, 'ok');
      dependencies.log.info({}, `Component loaded: ${name} (${type}/${version})`);
    } catch (cause) {
      onInit?.(type, 'error');
      const failure = withCause(componentFailed(resource, textOf(cause)), cause);
      if (!resource.ignoreErrors) throw failure;
      dependencies.log.error({}, `Ignoring error processing component: ${failure.message}`);
    }
  }

  async #openOf<Name extends KindName>(kindName: Name, resource: ComponentResource): Promise<void> {
    const { dependencies, call, wrapping } = this.#loader;
    const { name, type, version, isNamespaced } = resource;
    const kind = kinds[kindName];
    const factory = await factoryOf<Ports[Name]>(resource, kind, dependencies.env ?? {});
    const properties = await resolveProperties(resource, this.maps.secretStores, call);
    const metadata = inLowerCase(properties);
    const secretNames = secretNamesOf(resource);
    // invalid keys must be detected now, not by the first write
    if (kindName === 'stateStores') valueCipher({ name, metadata, secretNames });
    const log = dependencies.log.scoped(`dapr.contrib.${type}`);
    const context = { ...dependencies, name, type, version, metadata, properties, log };
    const opened = await this.#initialised(resource, async () => await (await factory())(context));
    this.#closers.set(name, () => opened.close());
    const port = wrapping ? kind.wrap(opened, name, wrapping) : opened;
    this.maps[kindName].set(name, { name, type, version, metadata, secretNames, isNamespaced, port });
  }

  async #initialised<Port extends { close(): Promise<void> }>(
    resource: ComponentResource,
    init: () => Promise<Port>,
  ): Promise<Port> {
    const { clock, log } = this.#loader.dependencies;
    const { name, type, version, initTimeoutMs } = resource;
    let isLate = false;
    const work = async (): Promise<Port> => {
      const port = await init();
      if (isLate) await port.close();
      return port;
    };
    const timeoutError = (): Error => {
      isLate = true;
      return new Error(`it was not ready within ${initTimeoutMs} ms (spec.initTimeout)`);
    };
    try {
      return await withTimeout(clock, initTimeoutMs, work, timeoutError);
    } catch (cause) {
      const { message } = initFailed(resource, textOf(cause));
      log.error({}, `Failed to init component ${name} (${type}/${version}): ${message}`);
      throw withCause(initFailed(resource, message), cause);
    }
  }
}
