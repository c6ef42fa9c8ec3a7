import type { NameAnnouncer, NameResolver } from '#blocks/invoke/peers.ts';
import { kubernetesNames } from '#cluster/names/kubernetes-names.ts';
import { nameformatNames } from '#cluster/names/nameformat-names.ts';
import { registryNames } from '#cluster/names/registry-names.ts';
import type { Chance } from '#core/chance.ts';
import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import type { SidecarConfig } from '#host/config.ts';
import type { Configuration } from '#host/configuration.ts';
import { configRefused } from '#host/errors.ts';
import { isLoopback, outwardAddress } from '#host/machine.ts';
import { nameSettings } from './name-settings.ts';

export interface Names {
  readonly resolver: NameResolver;
  /** Undefined when the network itself knows the names. */
  readonly announcer?: NameAnnouncer;
  /** The host under which other sidecars reach this one. */
  readonly ownHost: string;
}

/** The port sidecars have in networks that name them by rule. */
const usualInternalPort = 50002;

/** How sidecars find each other: one machine's folder, a shared database, or a rule for host names. */
export async function namesFor(
  config: SidecarConfig,
  { nameResolution }: Configuration,
  world: { readonly clock: Clock; readonly chance: Chance; readonly log: Log },
): Promise<Names> {
  const component = nameResolution?.component ?? '';
  const settings = nameSettings(component, nameResolution?.configuration ?? {});
  const { namespace } = config;
  switch (component) {
    case '':
    // what configurations written for the reference name when they mean "the machines around me"
    case 'mdns': {
      const registry = registryNames({ folder: config.registryDir, namespace, pid: process.pid, ...world });
      return { resolver: registry, announcer: registry, ownHost: config.hostAddress ?? '127.0.0.1' };
    }
    case 'sqlite': {
      const { sqliteNames } = await import('#cluster/names/sqlite-names.ts');
      const names = await sqliteNames({ ...settings.sqlite(), namespace, ...world });
      return { resolver: names, announcer: names, ownHost: reachableHost(config) };
    }
    case 'nats': {
      const { natsNames } = await import('#components/nats/name-service.ts');
      const { metadata } = settings;
      const { appId } = config;
      const names = await natsNames({
        ...world,
        name: 'nameResolution',
        type: 'nameresolution.nats',
        version: 'v1',
        metadata: { name: `outrigger ${appId}`, ...metadata },
        appId,
        namespace,
      });
      return { resolver: names, announcer: names, ownHost: reachableHost(config) };
    }
    case 'nameformat': {
      const resolver = nameformatNames({ format: settings.required('format'), defaultPort: usualInternalPort });
      return { resolver, ownHost: config.hostAddress ?? outwardAddress() };
    }
    case 'kubernetes': {
      const template = settings.text('template');
      const resolver = kubernetesNames({
        namespace,
        clusterDomain: settings.text('clusterDomain') || 'cluster.local',
        port: usualInternalPort,
        ...(template && { template }),
      });
      return { resolver, ownHost: config.hostAddress ?? outwardAddress() };
    }
    default:
      throw configRefused(
        `couldn't find name resolver ${component}: there are mdns, sqlite, nats, nameformat and kubernetes; or leave it out`,
      );
  }
}

/** Of a port that is bound to the loopback address nothing else can be announced. */
function reachableHost({ hostAddress, listen }: SidecarConfig): string {
  if (hostAddress !== undefined) return hostAddress;
  if (!isLoopback(listen.internal)) return outwardAddress();
  return listen.internal.includes(':') ? `[${listen.internal}]` : listen.internal;
}

/** Resolvers that are there to find sidecars on other machines. */
const networkResolvers = new Set(['nats', 'nameformat', 'kubernetes']);

/** Logs it when others are told to connect to an address where the internal port does not listen. */
export function warnIfUnreachable(
  { listen }: Pick<SidecarConfig, 'listen'>,
  { nameResolution }: Pick<Configuration, 'nameResolution'>,
  { ownHost, log }: { readonly ownHost: string; readonly log: Log },
): void {
  const isForNetwork = networkResolvers.has(nameResolution?.component ?? '');
  if (!isLoopback(listen.internal) || (isLoopback(ownHost.replace(/^\[(.*)\]$/, '$1')) && !isForNetwork)) return;
  log.warn(
    { event: 'internal-port-unreachable', announced: ownHost, bound: listen.internal },
    `the internal port listens on ${listen.internal} only, so sidecars on other machines cannot reach it: start with --dapr-internal-grpc-listen-address=0.0.0.0 (and the same OUTRIGGER_PEER_SECRET for all)`,
  );
}
