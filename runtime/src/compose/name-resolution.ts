import type { NameAnnouncer, NameResolver } from '#blocks/invoke/peers.ts';
import { kubernetesNames } from '#cluster/names/kubernetes-names.ts';
import { nameformatNames } from '#cluster/names/nameformat-names.ts';
import { registryNames } from '#cluster/names/registry-names.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import type { Configuration } from '#host/resources/configuration.ts';
import { configInvalid } from '#host/errors.ts';
import { isLoopback, externalAddress } from '#host/config/network-defaults.ts';
import { nameSettings } from './name-settings.ts';

export interface NameResolution {
  readonly resolver: NameResolver;
  /** Undefined when names need no registration. */
  readonly announcer?: NameAnnouncer;
  /** The host at which other sidecars reach this one. */
  readonly advertisedHost: string;
}

/** The sidecars' port in networks with rule-based names. */
const defaultNetworkPort = 50002;

/** How sidecars find each other: a folder on one machine, a shared database, or a rule for host names. */
export async function openNameResolution(
  config: SidecarConfig,
  { nameResolution }: Configuration,
  dependencies: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): Promise<NameResolution> {
  const component = nameResolution?.component ?? '';
  const settings = nameSettings(component, nameResolution?.configuration ?? {});
  const { namespace } = config;
  switch (component) {
    case '':
    // configurations written for the reference use it for "the machines around me"
    case 'mdns': {
      const registry = registryNames({ folder: config.registryDir, namespace, pid: process.pid, ...dependencies });
      return { resolver: registry, announcer: registry, advertisedHost: config.hostAddress ?? '127.0.0.1' };
    }
    case 'sqlite': {
      const { sqliteNames } = await import('#cluster/names/sqlite-names.ts');
      const names = await sqliteNames({ ...settings.sqlite(), namespace, ...dependencies });
      return { resolver: names, announcer: names, advertisedHost: reachableHost(config) };
    }
    case 'nats': {
      const { natsNames } = await import('#components/nats/name-service.ts');
      const { metadata } = settings;
      const { appId } = config;
      const names = await natsNames({
        ...dependencies,
        name: 'nameResolution',
        type: 'nameresolution.nats',
        version: 'v1',
        metadata: { name: `outrigger ${appId}`, ...metadata },
        appId,
        namespace,
      });
      return { resolver: names, announcer: names, advertisedHost: reachableHost(config) };
    }
    case 'nameformat': {
      const resolver = nameformatNames({ format: settings.required('format'), defaultPort: defaultNetworkPort });
      return { resolver, advertisedHost: config.hostAddress ?? externalAddress() };
    }
    case 'kubernetes': {
      const template = settings.text('template');
      const resolver = kubernetesNames({
        namespace,
        clusterDomain: settings.text('clusterDomain') || 'cluster.local',
        port: defaultNetworkPort,
        ...(template && { template }),
      });
      return { resolver, advertisedHost: config.hostAddress ?? externalAddress() };
    }
    default:
      throw configInvalid(
        `couldn't find name resolver ${component}: there are mdns, sqlite, nats, nameformat and kubernetes; or leave it out`,
      );
  }
}

/** For a port bound to the loopback address only that address can be advertised. */
function reachableHost({ hostAddress, listen }: SidecarConfig): string {
  if (hostAddress !== undefined) return hostAddress;
  if (!isLoopback(listen.internal)) return externalAddress();
  return listen.internal.includes(':') ? `[${listen.internal}]` : listen.internal;
}

/** Resolvers for sidecars on other machines. */
const networkResolvers = new Set(['nats', 'nameformat', 'kubernetes']);

/** Logs a warning when the advertised address differs from where the internal port listens. */
export function warnIfUnreachable(
  { listen }: Pick<SidecarConfig, 'listen'>,
  { nameResolution }: Pick<Configuration, 'nameResolution'>,
  { advertisedHost, log }: { readonly advertisedHost: string; readonly log: Log },
): void {
  const isForNetwork = networkResolvers.has(nameResolution?.component ?? '');
  if (!isLoopback(listen.internal) || (isLoopback(advertisedHost.replace(/^\[(.*)\]$/, '$1')) && !isForNetwork)) return;
  log.warn(
    { event: 'internal-port-unreachable', announced: advertisedHost, bound: listen.internal },
    `the internal port listens on ${listen.internal} only, so sidecars on other machines cannot reach it: start with --dapr-internal-grpc-listen-address=0.0.0.0 (and the same OUTRIGGER_PEER_SECRET for all)`,
  );
}
