import { textOf } from '#core/errors.ts';
import type { ComponentResource } from '#core/resource.ts';
import { folderWatch } from '#host/folder-watch.ts';
import type { Resources } from '#host/resources.ts';
import type { Components } from './load-components.ts';
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
  readonly world: World;
}

/** Components that nobody holds on to: they are looked up for each call, so they can come and go. */
const live = /^(secretstores|middleware|configuration|lock|crypto|conversation)\./;

/** Files are compared without what is made up anew at each reading. */
export function comparableUuid(): string {
  return 'uuid';
}

/**
 * Follows changes of the resource files. Components that are looked up for each call are exchanged in place, and so are subscriptions; anything
 * else needs a new sidecar in the place of this one. Files that cannot be read change nothing.
 */
export function hotReload(options: HotReload): { close(): Promise<void> } {
  const { folders, reconcileMs, read, components, redeclare, world } = options;
  const log = world.log.scoped('dapr.runtime.hotreload');
  let current = options.first;

  const follow = async (): Promise<void> => {
    const before = current;
    const next = await read(comparableUuid);
    const { gone, added } = difference(before.components, next.components);
    const isLive = [...gone, ...added].every(({ type }) => live.test(type));
    const isResubscribed = textFor(before.subscriptions) !== textFor(next.subscriptions);
    const resubscribe = redeclare();
    const isPossible = isLive && othersOf(before) === othersOf(next) && (!isResubscribed || resubscribe !== undefined);
    current = next;
    if (!isPossible) return world.onReload?.('a change of resource files');
    // not awaited: what is under way may take its time, and more may change meanwhile
    if (isResubscribed) void resubscribe?.(next.subscriptions).catch(complain);
    if (gone.length === 0 && added.length === 0) return;
    const names = new Set(added.map(({ name }) => name));
    const { components: fresh } = await read();
    await components.reload(
      gone.map(({ name }) => name),
      fresh.filter(({ name }) => names.has(name)),
    );
    for (const { name, type, version } of gone)
      if (!names.has(name)) log.info({}, `Component unloaded: ${name} (${type}/${version})`);
  };
  const complain = (cause: unknown): void => log.error({}, `Changed resources are not used: ${textOf(cause)}`);
  const onChange = (): Promise<void> => follow().catch(complain);
  return folderWatch({ folders, onChange, reconcileMs, clock: world.clock, log });
}

function difference(before: readonly ComponentResource[], after: readonly ComponentResource[]) {
  const old = new Map(before.map((one) => [textFor(one), one]));
  const now = new Map(after.map((one) => [textFor(one), one]));
  return {
    gone: [...old].flatMap(([text, one]) => (now.has(text) ? [] : [one])),
    added: [...now].flatMap(([text, one]) => (old.has(text) ? [] : [one])),
  };
}

function othersOf({ httpEndpoints, resiliencies }: Resources): string {
  return textFor([httpEndpoints, resiliencies]);
}

/** Where something is written does not count, only what. */
function textFor(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (key === 'place') return undefined;
    return part instanceof Map ? [...part] : part;
  });
}
