import { findSocket } from '#components/pluggable/find-socket.ts';
import { unsupported } from '#components/registry.ts';
import type { LazyFactory } from '#components/registry.ts';
import type { ComponentResource } from '#core/resource.ts';
import type { Environment } from '#host/config/environment.ts';
import { kindNames, kinds } from './component-kinds.ts';
import type { Kind } from './component-kinds.ts';

type TypeAndVersion = Pick<ComponentResource, 'type' | 'version'>;

/** Throws when the configuration denies the type, or this version of it. */
export function checkDenied({ type, version }: TypeAndVersion, denied: readonly string[]): void {
  if (denied.includes(type) || denied.includes(`${type}/${version}`))
    throw new TypeError('the configuration denies components of this type');
}

/**
 * The factory of a built-in type, or else of a pluggable component, which has version v1 only. Rejects for an unknown type
 * with those that there are.
 */
export async function factoryOf<Port>(
  { type, version }: TypeAndVersion,
  kind: Kind<Port>,
  env: Environment,
): Promise<LazyFactory<Port>> {
  const id = `${type}/${version}`;
  const builtIn = Object.hasOwn(kind.table, id) ? kind.table[id] : undefined;
  if (builtIn) return builtIn;
  const { pluggable } = kind;
  const socket = pluggable && version === 'v1' ? await findSocket(type, env) : undefined;
  if (pluggable && socket !== undefined) return () => pluggable(socket);
  const alternative = Object.hasOwn(unsupported, type) ? unsupported[type] : undefined;
  if (alternative !== undefined) throw new TypeError(`${type} is not supported: ${alternative}`);
  throw new TypeError(`couldn't find ${id}: ${knownTypes(kind.category)}`);
}

function knownTypes(category: string): string {
  const types = kindNames
    .flatMap((name) => Object.keys(kinds[name].table))
    .filter((type) => type.startsWith(`${category}.`));
  return types.length > 0 ? `there are ${types.join(', ')}` : `there are no ${category} components yet`;
}
