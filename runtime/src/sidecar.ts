import type { AppLifecycle } from '#app/app-lifecycle.ts';
import { pipedChannel } from '#app/piped-channel.ts';
import { peerUnavailable } from '#blocks/invoke/errors.ts';
import type { PeerHandler } from '#blocks/invoke/peers.ts';
import { pipeline } from '#blocks/middleware/pipeline.ts';
import { metadataBlock } from '#blocks/metadata/metadata.ts';
import type { MetadataBlock } from '#blocks/metadata/metadata.ts';
import type { Subscriptions } from '#blocks/pubsub/subscriptions.ts';
import { peerTransport } from '#cluster/transport/peer-transport.ts';
import { sleep } from '#core/clock.ts';
import { within } from '#core/deadline.ts';
import { formatGoDuration } from '#core/duration.ts';
import { defineError } from '#core/errors.ts';
import { newCalls } from '#core/new-call.ts';
import { readiness } from '#core/readiness.ts';
import type { SidecarConfig } from '#host/config.ts';
import { readConfiguration } from '#host/configuration.ts';
import { readResources } from '#host/resources.ts';
import { wireVersion } from '#host/version.ts';
import { appUnhealthy, openAppChannel, watchApp, watchedChannel } from './compose/app-side.ts';
import { buildBlocks } from './compose/blocks.ts';
import type { BlockParts, Blocks } from './compose/blocks.ts';
import { closeAll } from './compose/close-all.ts';
import { componentEnvironment } from './compose/component-environment.ts';
import { openDoors } from './compose/doors.ts';
import { openEndpoints } from './compose/endpoints.ts';
import type { DoorPorts } from './compose/doors.ts';
import { comparableUuid, hotReload } from './compose/hot-reload.ts';
import { loadComponents } from './compose/load-components.ts';
import { actorRuntimeStatus, appConnection, registeredComponents, registeredSubscription } from './compose/metadata.ts';
import { mcpServers } from './compose/mcp-servers.ts';
import type { McpServers } from './compose/mcp-servers.ts';
import { namesFor, warnIfUnreachable } from './compose/names.ts';
import { observation } from './compose/observation.ts';
import { peerAuthentication } from './compose/peer-authentication.ts';
import { openPeerDoor } from './compose/peer-door.ts';
import { guardsOf, resilienceFor } from './compose/resilience.ts';
import { apiRoutes, publicRoutes } from './compose/routes.ts';
import { ownCall } from './compose/world.ts';
import type { World } from './compose/world.ts';

export interface SidecarPorts extends DoorPorts {
  readonly internal: number;
}

export interface Sidecar {
  /**
   * Resolves when the app can call out: everything is up but, perhaps, the app itself. Rejects with what is wrong, and
   * then all is closed.
   */
  start(): Promise<void>;
  /** Takes no new work, lets work under way end, closes. Rejects with `shutdownTimeout` when time was not enough. */
  stop(): Promise<void>;
  /** The ports in use, after `start`. */
  readonly ports: SidecarPorts;
}

export const shutdownTimeout = defineError(
  { code: 'ERR_SHUTDOWN_TIMEOUT', http: 500, grpc: 'DeadlineExceeded' },
  () => 'Graceful shutdown timeout exceeded, forcing shutdown',
);

/** One sidecar. It keeps no state outside itself, so several may live in one process. */
export function createSidecar(config: SidecarConfig, world: World): Sidecar {
  return new ComposedSidecar(config, world);
}

class ComposedSidecar implements Sidecar {
  readonly #config: SidecarConfig;
  readonly #world: World;
  readonly #stopping = new AbortController();
  /** What has been opened, in that order. */
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #all = readiness();
  readonly #outbound = readiness();
  #ports: SidecarPorts | undefined;
  #app: AppLifecycle | undefined;
  #subscriptions: Subscriptions | undefined;
  #blocks: Blocks | undefined;
  #stopped: Promise<void> | undefined;

  constructor(config: SidecarConfig, world: World) {
    this.#config = config;
    this.#world = world;
    this.#outbound.expect('components');
    this.#outbound.expect('apis');
    this.#all.expect('app');
  }

  get ports(): SidecarPorts {
    if (!this.#ports) throw new TypeError('the sidecar has not started');
    return this.#ports;
  }

  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (cause) {
      this.#stopping.abort();
      await closeAll(this.#closers, this.#world.log);
      throw cause;
    }
  }

  stop(): Promise<void> {
    const { gracefulShutdownMs, blockShutdownMs = 0 } = this.#config;
    this.#stopped ??= within(
      this.#world.clock,
      gracefulShutdownMs + blockShutdownMs,
      () => this.#close(),
      shutdownTimeout,
    );
    return this.#stopped;
  }

  /** The order is the wire's: resources, components, APIs; then the app is waited for. */
  async #open(): Promise<void> {
    const config = this.#config;
    const world = this.#world;
    const { clock, log } = world;
    const startedAt = clock.monotonic();
    const reader = { ...config, env: world.env, uuid: () => world.chance.uuid() };
    let hasUuids = false;
    const uuid = (): string => ((hasUuids = true), comparableUuid());
    const [configuration, first] = await Promise.all([
      readConfiguration(config.configPaths, world.env),
      readResources(config.resourcesPaths, { ...reader, uuid }),
    ]);
    const resources = hasUuids ? await readResources(config.resourcesPaths, reader) : first;
    log.info(
      {},
      // the reference's words, down to the names of its parts
      `Dapr trace sampler initialized: ParentBased{root:TraceIDRatioBased{${configuration.samplingRate}},remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}`,
    );
    log.info({}, `metric spec: ${configuration.metricSpec}`);
    for (const part of configuration.idle) log.warn({}, `spec.${part} of the configuration has no effect yet`);
    for (const complaint of resources.complaints) log.error({}, complaint);
    const observed = observation(config, configuration, world);
    this.#onClose(() => observed.close());

    const policies = await resilienceFor(resources, observed, world);

    const components = await loadComponents({
      resources: resources.components,
      denied: configuration.deniedComponents,
      world: {
        ...config,
        ...world,
        env: componentEnvironment(config, world.env),
        ...(observed.onConsumer ? { onConsumer: observed.onConsumer } : undefined),
      },
      call: ownCall(world, this.#stopping.signal),
      onInit: observed.runtime.componentInit,
      guards: guardsOf(policies, observed.activities),
    });
    this.#onClose(() => components.close());
    const start = ownCall(world, this.#stopping.signal);
    const endpoints = await openEndpoints(resources.httpEndpoints, components.secretStores, start);
    this.#onClose(() => endpoints.close());
    const mcp = mcpServers(log.scoped('dapr.runtime.processor'));
    mcp.follow(resources.mcpServers);
    this.#outbound.ready('components');
    if (config.resourcesPaths.length > 0 && configuration.features.get('HotReload') !== false) {
      const { resourcesPaths: folders, reconcileMs } = config;
      const later = { ...reader, loading: 'resources from disk' };
      const read = (made?: () => string) => readResources(folders, made ? { ...later, uuid: made } : later);
      const redeclare = () => {
        const subscriptions = this.#subscriptions;
        return (
          subscriptions &&
          ((declared: typeof first.subscriptions) => subscriptions.redeclare(declared, config.gracefulShutdownMs))
        );
      };
      const drainMs = config.gracefulShutdownMs;
      const rejoin = async () => await this.#blocks?.rejoin(drainMs);
      const watching = hotReload({
        folders,
        reconcileMs,
        read,
        first,
        components,
        redeclare,
        rejoin,
        mcp,
        world,
      });
      this.#onClose(() => watching.close());
    }

    // opened before the doors, so that it is there until what came through them has ended
    const rawChannel = openAppChannel(config, log);
    if (rawChannel) this.#onClose(() => rawChannel.close());
    const appPipeline = pipeline(configuration.appHttpPipeline, components.httpMiddlewares);
    const channel =
      rawChannel &&
      watchedChannel(appPipeline ? pipedChannel(rawChannel, appPipeline) : rawChannel, {
        onGone: () => this.#app?.suspect(),
        onAnswered: observed.onAppRequest,
        clock,
      });
    const names = await namesFor(config, configuration, world);
    this.#onClose(() => names.resolver.close());
    warnIfUnreachable(config, configuration, { ownHost: names.ownHost, log });
    const authentication = await peerAuthentication(world);
    const transport = peerTransport({ clock, authentication, log: log.scoped('dapr.runtime.internal') });
    this.#onClose(() => transport.close());
    let answerPeer: PeerHandler = () => Promise.reject(peerUnavailable(config.appId, 'it is still starting'));
    const peers = await openPeerDoor(config, { ...world, authentication }, (call, request) =>
      answerPeer(call, request),
    );
    this.#onClose(() => peers.close(config.gracefulShutdownMs));

    const ownAddress = `${names.ownHost}:${peers.port}`;
    const parts: BlockParts = {
      config,
      configuration,
      resources,
      components,
      names,
      transport,
      ownAddress,
      channel,
      observation: observed,
      newCall: newCalls(world.chance, configuration.samplingRate),
      world,
      policies,
      endpoints,
      checkApp: () => {
        if (config.app.health && this.#app?.isUp !== true) throw appUnhealthy();
      },
    };
    const blocks = buildBlocks(parts);
    this.#blocks = blocks;
    this.#onClose(() => blocks.close());
    answerPeer = blocks.answerPeer;
    this.#subscriptions = blocks.subscriptions;
    // before anybody can write: what a broker without memory delivers to nobody is gone
    await blocks.outbox.start();

    const routes = {
      appId: config.appId,
      blocks,
      metadata: metadataOf(parts, blocks, mcp),
      all: this.#all,
      outbound: this.#outbound,
      shutdown: world.onShutdown ?? (() => void this.stop().catch(() => {})),
      stopping: this.#stopping.signal,
      maxBodyBytes: config.maxBodyBytes,
      clock,
    };
    const ports = await openDoors({
      config,
      configuration,
      observation: observed,
      world,
      apiRoutes: apiRoutes(routes),
      publicRoutes: publicRoutes(routes),
      rpcs: routes,
      pipeline: pipeline(configuration.httpPipeline, components.httpMiddlewares),
      onOpen: (close) => this.#onClose(close),
    });
    // while the doors are open still: the answers come through them
    this.#onClose(() => blocks.streams.drain(drainLimitOf(config.gracefulShutdownMs)));
    this.#ports = { ...ports, internal: peers.port };
    const { announcer } = names;
    if (announcer) {
      await announcer.announce({
        appId: config.appId,
        namespace: config.namespace,
        address: ownAddress,
      });
      this.#onClose(() => announcer.withdraw());
    }
    this.#outbound.ready('apis');
    this.#onClose(() => blocks.actors.close());
    const elapsed = Math.round(clock.monotonic() - startedAt);
    log.info({ ...this.#ports }, `dapr initialized. Status: Running. Init Elapsed ${elapsed}ms`);
    await this.#awaitApp(parts, blocks);
  }

  async #awaitApp(
    { config, channel, world, policies, observation: observed }: BlockParts,
    blocks: Blocks,
  ): Promise<void> {
    const { subscriptions, actors, actorStreams, appWork } = blocks;
    if (!channel || !subscriptions) {
      await actorStreams?.start();
      this.#onClose(async () => actorStreams?.stop());
      this.#all.ready('app');
      return;
    }
    const newCall = (signal: AbortSignal) => ownCall(world, signal);
    const onProbe = observed.onProbe;
    const app = watchApp({
      ...world,
      config,
      channel,
      actors,
      actorStreams,
      subscriptions,
      appWork,
      newCall,
      initialization: policies.initialization,
      onProbe,
    });
    this.#app = app;
    this.#onClose(() => app.stop());
    world.log.info({}, `waiting for the application to listen on port ${config.app.port}`);
    // not awaited: the app itself may wait for this sidecar before it listens
    void app.start().then(() => this.#all.ready('app'));
  }

  #onClose(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async #close(): Promise<void> {
    const { blockShutdownMs } = this.#config;
    if (blockShutdownMs !== undefined) await this.#untilAppIsDown(blockShutdownMs);
    this.#stopping.abort();
    await closeAll(this.#closers, this.#world.log);
  }

  async #untilAppIsDown(limitMs: number): Promise<void> {
    const { clock, log } = this.#world;
    const app = this.#app;
    // the app may go on calling out, but no new work is brought to it
    const drainMs = this.#config.gracefulShutdownMs;
    const { subscriptions, streams, appWork = [] } = this.#blocks ?? {};
    const work = subscriptions ? [subscriptions, ...appWork] : appWork;
    const stop = async (): Promise<void> => {
      await this.#blocks?.pause();
      await Promise.all([streams?.drain(drainMs), ...work.map((one) => one.stop(drainMs))]);
    };
    const stopped = stop();
    // said even if there is nothing to wait for: people look in the log for why it stopped when it did
    log.info({}, `Blocking graceful shutdown for ${formatGoDuration(limitMs)} or until app reports unhealthy...`);
    const done = new AbortController();
    if (app) await Promise.race([sleep(clock, limitMs, done.signal).catch(() => {}), app.untilDown(done.signal)]);
    done.abort();
    await stopped;
    log.info(
      {},
      app?.isUp
        ? 'Block shutdown period expired, entering shutdown...'
        : 'App reported unhealthy, entering shutdown...',
    );
  }
}

/** What is not done by then shall not keep the rest from closing in time. */
function drainLimitOf(gracefulShutdownMs: number): number {
  return gracefulShutdownMs * 0.8;
}

function metadataOf(
  { config, configuration, resources, components }: BlockParts,
  blocks: Blocks,
  mcp: McpServers,
): MetadataBlock {
  // without an app nobody hears them, and upstream lists them all the same
  const unheard = resources.subscriptions.map((one) => ({ ...one, source: 'declarative' }) as const);
  return metadataBlock({
    appId: config.appId,
    version: wireVersion,
    features: [...configuration.features].filter(([, isOn]) => isOn).map(([name]) => name),
    appConnection: appConnection(config),
    httpEndpoints: resources.httpEndpoints.map(({ name }) => name),
    resiliencies: resources.resiliencies.map(({ name }) => name),
    mcpServers: () => mcp.names(),
    components: () => registeredComponents(components),
    subscriptions: () => [
      ...(blocks.subscriptions?.wanted() ?? unheard).map(registeredSubscription),
      ...blocks.streams.wanted().map((one) => registeredSubscription({ ...one, source: 'streaming' })),
    ],
    actorRuntime: () => actorRuntimeStatus(blocks.actors),
  });
}
