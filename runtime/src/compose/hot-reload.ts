import { RuntimeError, textOf } from '#core/errors.ts';
import type { ComponentResource } from '#core/resource.ts';
import { folderWatch } from '#host/folder-watch.ts';
import type { Resources } from '#host/resources.ts';
import type { Components } from './load-components.ts';
import type { McpServers } from './mcp-servers.ts';
import type { World } from './world.ts';

export interface HotReload {
  readonly folders: readonly string[];
  readonly reconcileMs: number;
  /** Reads all resources; `uuid` stands for the ones that templates ask for. */
  readonly read: (uuid?: () => string) => Promise<Resources>;
  /** What was read before the sidecar was built of it, with `comparableUuid` for templates. */
  readonly first: Resources;
  readonly components: Components;
  /** Takes changed subscriptions in place; undefined when there is nobody who could. */
  readonly redeclare: () => ((declared: Resources['subscriptions']) => Promise<void>) | undefined;
  /** Lets those who read from components leave the ones that are gone and take up the new ones. */
  readonly rejoin: () => Promise<void>;
  readonly mcp: Pick<McpServers, 'follow'>;
  readonly world: World;
}

/**
 * Kinds that are looked up by name for each call, so that they can come and go. Who reads from one, such as a subscription,
 * is told.
 */
const live = /^(state|pubsub|bindings|secretstores|middleware|configuration|lock|crypto|conversation)\./;
/** State stores that somebody holds on to: actors and jobs, and the outbox with the pub/sub that carries it. */
const held = /^(actorstatestore|outboxpublishpubsub)$/i;

/** Files are compared without what is made up anew at each reading. */
export function comparableUuid(): string {
  return 'uuid';
}

/**
 * Follows changes of the resource files. Components, subscriptions and MCP servers are exchanged in place; anything else
 * needs a new sidecar in the place of this one. Files that cannot be read change nothing; a component that cannot be had
 * ends the sidecar, as on the reference.
 */
export function hotReload(options: HotReload): { close(): Promise<void> } {
  const { folders, reconcileMs, read, components, redeclare, rejoin, mcp, world } = options;
  const log = world.log.scoped('dapr.runtime.hotreload');
  let current = options.first;

  const follow = async (): Promise<void> => {
    const before = current;
    const next = await read(comparableUuid);
    const { gone, added } = difference(before.components, next.components);
    const isLive = [...gone, ...added].every((one) => isExchangeable(one, [before, next]));
    const isResubscribed = textFor(before.subscriptions) !== textFor(next.subscriptions);
    const resubscribe = redeclare();
    const isPossible = isLive && othersOf(before) === othersOf(next) && (!isResubscribed || resubscribe !== undefined);
    current = next;
    if (!isPossible) return world.onReload?.(`a change of ${changedNames(before, next) || 'resource files'}`);
    // not awaited: what is under way may take its time, and more may change meanwhile
    if (isResubscribed) void resubscribe?.(next.subscriptions).catch(complain);
    if (textFor(before.mcpServers) !== textFor(next.mcpServers)) mcp.follow(next.mcpServers);
    if (gone.length > 0 || added.length > 0) await exchange(gone, added);
  };

  const exchange = async (gone: readonly ComponentResource[], added: readonly ComponentResource[]): Promise<void> => {
    const names = new Set(added.map(({ name }) => name));
    const { components: fresh } = await read();
    await components.reload(
      gone.map(({ name }) => name),
      fresh.filter(({ name }) => names.has(name)),
      rejoin,
    );
    for (const { name, type, version } of gone)
      if (!names.has(name)) log.info({}, `Component unloaded: ${name} (${type}/${version})`);
  };

  const complain = (cause: unknown): void => {
    const fatal = cause instanceof RuntimeError ? fatalTo.get(cause.kind.code) : undefined;
    if (fatal === undefined || !world.onFatal) {
      log.error({}, `Changed resources are not used: ${textOf(cause)}`);
      return;
    }
    log.warn({}, `Error processing ${fatal}, daprd will exit gracefully: ${textOf(cause)}`);
    world.onFatal(cause);
  };
  const onChange = (): Promise<void> => follow().catch(complain);
  return folderWatch({ folders, onChange, reconcileMs, clock: world.clock, log });
}

/** Errors that end the sidecar, by code, and what they are about. */
const fatalTo: ReadonlyMap<string, string> = new Map([
  ['ERR_COMPONENT_INIT', 'component'],
  ['ERR_DUPLICATE_COMPONENTS', 'components'],
  ['ERR_MCP_SERVER', 'MCPServer'],
]);

function isExchangeable(
  { type, metadata }: ComponentResource,
  readings: readonly { readonly components: readonly ComponentResource[] }[],
): boolean {
  if (!live.test(type) || (type.startsWith('state.') && metadata.some(({ name }) => held.test(name)))) return false;
  if (!type.startsWith('pubsub.')) return true;
  return !readings.some(({ components }) =>
    components.some((one) => one.metadata.some(({ name }) => /^outboxpublishpubsub$/i.test(name))),
  );
}

function difference<One>(before: readonly One[], after: readonly One[]) {
  const old = new Map(before.map((one) => [textFor(one), one]));
  const now = new Map(after.map((one) => [textFor(one), one]));
  return {
    gone: [...old].flatMap(([text, one]) => (now.has(text) ? [] : [one])),
    added: [...now].flatMap(([text, one]) => (old.has(text) ? [] : [one])),
  };
}

function othersOf({ httpEndpoints, resiliencies, configurations }: Resources): string {
  return textFor([httpEndpoints, resiliencies, configurations]);
}

/** What a new sidecar is needed for, such as `Configuration tracing`. */
function changedNames(before: Resources, next: Resources): string {
  const namesOf = (kind: string, old: readonly Named[], now: readonly Named[]): readonly string[] => {
    const { gone, added } = difference(old, now);
    return [...new Set([...gone, ...added].map(({ name }) => `${kind} ${name}`))];
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

/** Where something is written does not count, only what. */
function textFor(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (key === 'place') return undefined;
    return part instanceof Map ? [...part] : part;
  });
}
