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
  readonly components: Components;
  readonly world: World;
}

/** Components that nobody holds on to: they are looked up for each call, so they can come and go. */
const live = /^(secretstores|middleware|configuration|lock|crypto|conversation)\./;

/**
 * Follows changes of the resource files. Components that are looked up for each call are exchanged in place; anything
 * else needs a new sidecar in the place of this one. Files that cannot be read change nothing.
 */
export function hotReload(options: HotReload): { close(): Promise<void> } {
  const { folders, reconcileMs, read, components, world } = options;
  const log = world.log.scoped('dapr.runtime.hotreload');
  // compared without what is made up anew at each reading
  const comparable = (): Promise<Resources> => read(() => 'uuid');
  let current: Resources | undefined;
  const first = comparable().then((resources) => (current = resources));
  first.catch(() => {});

  const follow = async (): Promise<void> => {
    const before = current ?? (await first);
    const next = await comparable();
    const { gone, added } = difference(before.components, next.components);
    const isLive = [...gone, ...added].every(({ type }) => live.test(type));
    const isSame = isLive && othersOf(before) === othersOf(next);
    current = next;
    if (!isSame) return world.onReload?.('a change of resource files');
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
  const onChange = (): Promise<void> =>
    follow().catch((cause: unknown) => log.error({}, `Changed resources are not used: ${textOf(cause)}`));
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

function othersOf({ subscriptions, httpEndpoints, resiliencies }: Resources): string {
  return textFor([subscriptions, httpEndpoints, resiliencies]);
}

/** Where something is written does not count, only what. */
function textFor(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (key === 'place') return undefined;
    return part instanceof Map ? [...part] : part;
  });
}
