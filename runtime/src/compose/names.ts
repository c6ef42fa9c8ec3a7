import type { NameAnnouncer, NameResolver } from '#blocks/invoke/peers.ts';
import { nameformatNames } from '#cluster/names/nameformat-names.ts';
import { registryNames } from '#cluster/names/registry-names.ts';
import type { Chance } from '#core/chance.ts';
import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import type { SidecarConfig } from '#host/config.ts';
import type { Configuration } from '#host/configuration.ts';
import { configRefused } from '#host/errors.ts';
import { outwardAddress } from '#host/machine.ts';

export interface Names {
  readonly resolver: NameResolver;
  /** Undefined when the network itself knows the names. */
  readonly announcer?: NameAnnouncer;
  /** The host under which other sidecars reach this one. */
  readonly ownHost: string;
}

/** The port sidecars have in networks that name them by rule. */
const usualInternalPort = 50002;

/** How sidecars find each other: one machine's folder, or a rule for host names. */
export function namesFor(
  config: SidecarConfig,
  { nameResolution }: Configuration,
  world: { readonly clock: Clock; readonly chance: Chance; readonly log: Log },
): Names {
  const component = nameResolution?.component ?? '';
  if (component === 'nameformat') {
    const { format } = nameResolution?.configuration ?? {};
    if (typeof format !== 'string') throw configRefused('nameResolution nameformat needs configuration.format');
    const resolver = nameformatNames({ format, defaultPort: usualInternalPort });
    return { resolver, ownHost: config.hostAddress ?? outwardAddress() };
  }
  // mdns is what configurations written for the reference name when they mean "the machines around me"
  if (component !== '' && component !== 'mdns')
    throw configRefused(`nameResolution.component ${component} is not supported yet: use nameformat, or leave it out`);
  const registry = registryNames({
    folder: config.registryDir,
    namespace: config.namespace,
    pid: process.pid,
    ...world,
  });
  return { resolver: registry, announcer: registry, ownHost: config.hostAddress ?? '127.0.0.1' };
}
