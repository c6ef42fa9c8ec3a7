import { RuntimeError, textOf } from '#core/errors.ts';
import type { ComponentResource } from '#core/resource.ts';
import { folderWatch } from '#host/resources/folder-watch.ts';
import type { Resources } from '#host/resources/resources.ts';
import { kindNameOf, kinds } from './component-kinds.ts';
import type { Components } from './load-components.ts';
import type { McpServers } from './mcp-servers.ts';
import type { SidecarDependencies } from './sidecar-dependencies.ts';

export interface HotReloadOptions {
  readonly folders: readonly string[];
  readonly reconcileMs: number;
  /** Reads all resources; `uuid` replaces the one of templates. */
  readonly read: (uuid?: () => string) => Promise<Resources>;
  /** The resources at startup, read with `placeholderUuid` for templates. */
  readonly initial: Resources;
  readonly components: Components;
  /** Exchanges subscriptions in place; undefined without an app. */
  readonly subscriptionReloader: () => ((declared: Resources['subscriptions']) => Promise<void>) | undefined;
  /** Detaches consumers from removed components and attaches them to new ones. */
  readonly reattachConsumers: () => Promise<void>;
  readonly mcp: Pick<McpServers, 'follow'>;
  readonly dependencies: SidecarDependencies;
}

/** Metadata of state stores that are in permanent use: actors and jobs, and the outbox with its pub/sub. */
const restartRequired = /^(actorstatestore|outboxpublishpubsub)$/i;

/** Resources are compared without values that are generated at each reading. */
export function placeholderUuid(): string {
  return 'uuid';
}

/**
 * Follows changes of the resource files. Components, subscriptions and MCP servers are exchanged in place; any other
 * change requires a new sidecar. Unreadable files change nothing; a component that fails to initialise ends the
 * sidecar, as on the reference.
 */
export function hotReload(options: HotReloadOptions): { close(): Promise<void> } {
  const { folders, reconcileMs, read, components, subscriptionReloader, reattachConsumers, mcp, dependencies } =
    options;
  const log = dependencies.log.scoped('dapr.runtime.hotreload');
  let current = options.initial;

  const follow = async (): Promise<void> => {
    const before = current;
    const next = await read(placeholderUuid);
    const { removed, added } = difference(before.components, next.components);
    const isLive = [...removed, ...added].every((one) => isExchangeable(one, [before, next]));
    const isResubscribed = textFor(before.subscriptions) !== textFor(next.subscriptions);
    const resubscribe = subscriptionReloader();
    const isPossible =
      isLive && restartResources(before) === restartResources(next) && (!isResubscribed || resubscribe !== undefined);
    current = next;
    if (!isPossible) return dependencies.onReload?.(`a change of ${changedNames(before, next) || 'resource files'}`);
    // not awaited: running work may take time, and more changes may follow
    if (isResubscribed) void resubscribe?.(next.subscriptions).catch(reportFailure);
    if (textFor(before.mcpServers) !== textFor(next.mcpServers)) mcp.follow(next.mcpServers);
    if (removed.length > 0 || added.length > 0) await exchange(removed, added);
  };

  const exchange = async (
    removed: readonly ComponentResource[],
    added: readonly ComponentResource[],
  ): Promise<void> => {
    const names = new Set(added.map(({ name }) => name));
    const { components: latest } = await read();
    await components.reload(
      removed.map(({ name }) => name),
      latest.filter(({ name }) => names.has(name)),
      reattachConsumers,
    );
    for (const { name, type, version } of removed)
      if (!names.has(name)) log.info({}, `Component unloaded: ${name} (${type}/${version})`);
  };

  const reportFailure = (cause: unknown): void => {
    const subject = cause instanceof RuntimeError ? fatalErrors.get(cause.kind.code) : undefined;
    if (subject === undefined || !dependencies.onFatal) {
      log.error({}, `Changed resources are ignored: ${textOf(cause)}`);
      return;
    }
    log.warn({}, `Error processing ${subject}, daprd will exit gracefully: ${textOf(cause)}`);
    dependencies.onFatal(cause);
  };
  const onChange = (): Promise<void> => follow().catch(reportFailure);
  return folderWatch({ folders, onChange, reconcileMs, clock: dependencies.clock, log });
}

/** Errors that end the sidecar, by code, with their subject. */
const fatalErrors: ReadonlyMap<string, string> = new Map([
  ['ERR_COMPONENT_INIT', 'component'],
  ['ERR_DUPLICATE_COMPONENTS', 'components'],
  ['ERR_MCP_SERVER', 'MCPServer'],
]);

function isExchangeable(
  { type, metadata }: ComponentResource,
  readings: readonly { readonly components: readonly ComponentResource[] }[],
): boolean {
  const kindName = kindNameOf(type);
  if (kindName === undefined || !kinds[kindName].hotReloadable) return false;
  if (kindName === 'stateStores') return !metadata.some(({ name }) => restartRequired.test(name));
  if (kindName !== 'brokers') return true;
  return !readings.some(({ components }) =>
    components.some((one) => one.metadata.some(({ name }) => /^outboxpublishpubsub$/i.test(name))),
  );
}

function difference<Item>(before: readonly Item[], after: readonly Item[]) {
  const old = new Map(before.map((one) => [textFor(one), one]));
  const now = new Map(after.map((one) => [textFor(one), one]));
  return {
    removed: [...old].flatMap(([text, one]) => (now.has(text) ? [] : [one])),
    added: [...now].flatMap(([text, one]) => (old.has(text) ? [] : [one])),
  };
}

function restartResources({ httpEndpoints, resiliencies, configurations }: Resources): string {
  return textFor([httpEndpoints, resiliencies, configurations]);
}

/** The changes that require a restart, such as `Configuration tracing`. */
function changedNames(before: Resources, next: Resources): string {
  const namesOf = (kind: string, old: readonly Named[], now: readonly Named[]): readonly string[] => {
    const { removed, added } = difference(old, now);
    return [...new Set([...removed, ...added].map(({ name }) => `${kind} ${name}`))];
  };
  return [
    ...namesOf('Component', before.components, next.components),
    ...namesOf('HTTPEndpoint', before.httpEndpoints, next.httpEndpoints),
    ...namesOf('Resiliency', before.resiliencies, next.resiliencies),
    ...namesOf('Configuration', before.configurations, next.configurations),
  ].join(', ');
}

interface Named {
  readonly name: string;
}

/** Ignores source locations. */
function textFor(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (key === 'location') return undefined;
    return part instanceof Map ? [...part] : part;
  });
}
