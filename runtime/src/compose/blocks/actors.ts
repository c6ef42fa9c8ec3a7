import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import { actorsBlock } from '#blocks/actors/actor-runtime.ts';
import { actorStreams } from '#blocks/actors/actor-streams.ts';
import type { ActorStreams } from '#blocks/actors/actor-streams.ts';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import { nullPlacement } from '#blocks/actors/placement.ts';
import type { Placement } from '#blocks/actors/placement.ts';
import type { ActorStore } from '#blocks/actors/ports.ts';
import type { PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import { leasePlacement } from '#cluster/placement.ts';
import type { Log } from '#core/log.ts';
import { resilientActors } from '#resilience/resilient-actors.ts';
import { isGrpc } from '../app-protocol.ts';
import { commonOptions } from './block-options.ts';
import type { BlockOptions } from './block-options.ts';

interface Actors {
  readonly actors: ActorsBlock;
  /** Undefined where the app hosts its actors over HTTP. */
  readonly actorStreams: ActorStreams | undefined;
  readonly close: () => Promise<void>;
}

export function makeActors(options: BlockOptions, pubsub: PubSubBlock): Actors {
  const { channel, config, policies, transport } = options;
  const log = options.dependencies.log.scoped('dapr.runtime.actor');
  const store = actorStoreOf(options);
  const placement = placementFor(store, options, log);
  const isPlacementRequested = config.placementAddress !== '';
  if (!isPlacementRequested) logMissingPlacement(log, store !== undefined);
  const block = actorsBlock({
    ...commonOptions(options),
    store,
    placement,
    peer: transport,
    publisher: pubsub,
    log,
    isPlacementRequested,
    disseminateTimeoutMs: config.disseminateTimeoutMs,
  });
  const actors = resilientActors(block, policies);
  return {
    actors,
    actorStreams: channel && !isGrpc(channel) ? undefined : actorStreams(actors),
    close: async () => await store?.close(),
  };
}

/** The first state component with `actorStateStore: true`, as on the reference. */
function actorStoreOf({ components, config, dependencies }: BlockOptions): ActorStore | undefined {
  for (const { name, metadata, port } of components.stateStores.values()) {
    if (metadata['actorstatestore']?.toLowerCase() !== 'true') continue;
    if (isActorCapable(port)) return port.actorStore(config.appId);
    dependencies.log.warn({ component: name }, 'this state store does not support actors: actorStateStore is ignored');
  }
  return undefined;
}

function placementFor(store: ActorStore | undefined, options: BlockOptions, log: Log): Placement {
  if (!store) return nullPlacement();
  const { advertisedAddress, config, dependencies, transport } = options;
  const { clock, random } = dependencies;
  return leasePlacement({
    store: store.ownership,
    self: { id: random.uuid(), appId: config.appId, address: advertisedAddress },
    clock,
    log,
    timing: { drainLimitMs: config.disseminateTimeoutMs },
    onHostLost: ({ address }) => transport.abandon(address, 'actor', 'its lease has ended'),
  });
}

/**
 * Logs what to expect of actors without a placement address; the beginning is the reference's message, which tools
 * search for.
 */
function logMissingPlacement(log: Log, hasStore: boolean): void {
  const message = 'Actor runtime disabled: placement service is not configured';
  if (!hasStore) {
    log.info({}, `${message}; mark a state store with actorStateStore: true to have actors`);
    return;
  }
  log.info({}, 'actors: ready when the app hosts some; no placement service is needed');
  log.debug({}, `${message}; actors are placed by the state store instead`);
}
