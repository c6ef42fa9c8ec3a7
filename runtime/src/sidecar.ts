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
import { withTimeout } from '#core/with-timeout.ts';
import { formatGoDuration } from '#core/duration.ts';
import { defineError } from '#core/errors.ts';
import { newCalls } from '#core/new-call.ts';
import { readiness } from '#core/readiness.ts';
import type { SidecarConfig } from '#host/config.ts';
import { readConfiguration } from '#host/configuration.ts';
import { readResources } from '#host/resources.ts';
import { daprVersion } from '#host/version.ts';
import { appUnhealthy, openAppChannel, watchApp, monitoredChannel } from './compose/app-connection.ts';
import { buildBlocks } from './compose/blocks/blocks.ts';
import type { BlockOptions } from './compose/blocks/block-options.ts';
import type { Blocks } from './compose/blocks/blocks.ts';
import { closeAll } from './compose/close-all.ts';
import { componentEnvironment } from './compose/component-environment.ts';
import { openServers } from './compose/servers.ts';
import { openEndpoints } from './compose/endpoints.ts';
import type { ServerPorts } from './compose/servers.ts';
import { placeholderUuid, hotReload } from './compose/hot-reload.ts';
import { loadComponents } from './compose/load-components.ts';
import { actorRuntimeStatus, appConnection, registeredComponents, registeredSubscription } from './compose/metadata.ts';
import { mcpServers } from './compose/mcp-servers.ts';
import type { McpServers } from './compose/mcp-servers.ts';
import { openNameResolution, warnIfUnreachable } from './compose/name-resolution.ts';
import { createTelemetry } from './compose/telemetry.ts';
import { peerAuthentication } from './compose/peer-authentication.ts';
import { openInternalServer } from './compose/internal-server.ts';
import { resilienceFor } from './compose/resilience.ts';
import { apiRoutes, publicRoutes } from './compose/routes.ts';
import { internalCall } from './compose/sidecar-dependencies.ts';
import type { SidecarDependencies } from './compose/sidecar-dependencies.ts';

export interface SidecarPorts extends ServerPorts {
  readonly internal: number;
}

export interface Sidecar {
  /**
   * Resolves when the app can make outbound calls: everything is up except, perhaps, the app itself. Rejects with the
   * cause after closing everything.
   */
  start(): Promise<void>;
  /** Accepts no new work, lets running work finish, closes. Rejects with `shutdownTimeout` when time was not enough. */
  stop(): Promise<void>;
  /** The ports in use, after `start`. */
  readonly ports: SidecarPorts;
}

export const shutdownTimeout = defineError(
  { code: 'ERR_SHUTDOWN_TIMEOUT', http: 500, grpc: 'DeadlineExceeded' },
  () => 'Graceful shutdown timeout exceeded, forcing shutdown',
);

/** Creates a sidecar. It has no global state, so several may run in one process. */
export function createSidecar(config: SidecarConfig, dependencies: SidecarDependencies): Sidecar {
  return new ComposedSidecar(config, dependencies);
}

class ComposedSidecar implements Sidecar {
  readonly #config: SidecarConfig;
  readonly #dependencies: SidecarDependencies;
  readonly #stopping = new AbortController();
  /** The closers of everything opened, in that order. */
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #all = readiness();
  readonly #outbound = readiness();
  #ports: SidecarPorts | undefined;
  #app: AppLifecycle | undefined;
  #subscriptions: Subscriptions | undefined;
  #blocks: Blocks | undefined;
  #stopped: Promise<void> | undefined;

  constructor(config: SidecarConfig, dependencies: SidecarDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
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
      await closeAll(this.#closers, this.#dependencies.log);
      throw cause;
    }
  }

  stop(): Promise<void> {
    const { gracefulShutdownMs, blockShutdownMs = 0 } = this.#config;
    this.#stopped ??= withTimeout(
      this.#dependencies.clock,
      gracefulShutdownMs + blockShutdownMs,
      () => this.#close(),
      shutdownTimeout,
    );
    return this.#stopped;
  }

  /** The order is Dapr's: resources, components, APIs; then the app. */
  async #open(): Promise<void> {
    const config = this.#config;
    const dependencies = this.#dependencies;
    const { clock, log } = dependencies;
    const startedAt = clock.monotonic();
    const reader = { ...config, env: dependencies.env, uuid: () => dependencies.random.uuid() };
    let hasUuids = false;
    const uuid = (): string => ((hasUuids = true), placeholderUuid());
    const [configuration, initial] = await Promise.all([
      readConfiguration(config.configPaths, dependencies.env),
      readResources(config.resourcesPaths, { ...reader, uuid }),
    ]);
    const resources = hasUuids ? await readResources(config.resourcesPaths, reader) : initial;
    log.info(
      {},
      // the reference's message, including its part names
      `Dapr trace sampler initialized: ParentBased{root:TraceIDRatioBased{${configuration.samplingRate}},remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}`,
    );
    log.info({}, `metric spec: ${configuration.metricSpec}`);
    for (const part of configuration.withoutEffect) log.warn({}, `spec.${part} of the configuration has no effect yet`);
    for (const complaint of resources.problems) log.error({}, complaint);
    const telemetry = createTelemetry(config, configuration, dependencies);
    this.#onClose(() => telemetry.close());

    const policies = await resilienceFor(resources, telemetry, dependencies);

    const components = await loadComponents({
      resources: resources.components,
      denied: configuration.deniedComponents,
      dependencies: {
        ...config,
        ...dependencies,
        env: componentEnvironment(config, dependencies.env),
        ...(telemetry.onConsumer ? { onConsumer: telemetry.onConsumer } : undefined),
      },
      call: internalCall(dependencies, this.#stopping.signal),
      onInit: telemetry.runtime.componentInit,
      wrapping: { policies, recorder: telemetry.activities },
    });
    this.#onClose(() => components.close());
    const start = internalCall(dependencies, this.#stopping.signal);
    const endpoints = await openEndpoints(resources.httpEndpoints, components.secretStores, start);
    this.#onClose(() => endpoints.close());
    const mcp = mcpServers(log.scoped('dapr.runtime.processor'));
    mcp.follow(resources.mcpServers);
    this.#outbound.ready('components');
    if (config.resourcesPaths.length > 0 && configuration.features.get('HotReload') !== false) {
      const { resourcesPaths: folders, reconcileMs } = config;
      const later = { ...reader, loading: 'resources from disk' };
      const read = (made?: () => string) => readResources(folders, made ? { ...later, uuid: made } : later);
      const subscriptionReloader = () => {
        const subscriptions = this.#subscriptions;
        return (
          subscriptions &&
          ((declared: typeof initial.subscriptions) =>
            subscriptions.reloadDeclarative(declared, config.gracefulShutdownMs))
        );
      };
      const drainMs = config.gracefulShutdownMs;
      const reattachConsumers = async () => await this.#blocks?.reattachConsumers(drainMs);
      const watching = hotReload({
        folders,
        reconcileMs,
        read,
        initial,
        components,
        subscriptionReloader,
        reattachConsumers,
        mcp,
        dependencies,
      });
      this.#onClose(() => watching.close());
    }

    // opened before the servers, so that it is closed after their requests have ended
    const rawChannel = openAppChannel(config, log);
    if (rawChannel) this.#onClose(() => rawChannel.close());
    const appPipeline = pipeline(configuration.appHttpPipeline, components.httpMiddlewares);
    const channel =
      rawChannel &&
      monitoredChannel(appPipeline ? pipedChannel(rawChannel, appPipeline) : rawChannel, {
        onUnavailable: () => this.#app?.suspect(),
        onCompleted: telemetry.onAppRequest,
        clock,
      });
    const names = await openNameResolution(config, configuration, dependencies);
    this.#onClose(() => names.resolver.close());
    warnIfUnreachable(config, configuration, { ownHost: names.advertisedHost, log });
    const authentication = await peerAuthentication(dependencies);
    const transport = peerTransport({ clock, authentication, log: log.scoped('dapr.runtime.internal') });
    this.#onClose(() => transport.close());
    let handlePeerRequest: PeerHandler = () => Promise.reject(peerUnavailable(config.appId, 'it is still starting'));
    const peers = await openInternalServer(config, { ...dependencies, authentication }, (call, request) =>
      handlePeerRequest(call, request),
    );
    this.#onClose(() => peers.close(config.gracefulShutdownMs));

    const advertisedAddress = `${names.advertisedHost}:${peers.port}`;
    const parts: BlockOptions = {
      config,
      configuration,
      resources,
      components,
      names,
      transport,
      advertisedAddress,
      channel,
      telemetry: telemetry,
      newCall: newCalls(dependencies.random, configuration.samplingRate),
      dependencies,
      policies,
      endpoints,
      checkApp: () => {
        if (config.app.health && this.#app?.isUp !== true) throw appUnhealthy();
      },
    };
    const blocks = buildBlocks(parts);
    this.#blocks = blocks;
    this.#onClose(() => blocks.close());
    handlePeerRequest = blocks.handlePeerRequest;
    this.#subscriptions = blocks.subscriptions;
    // before the first write: a broker without storage drops what has no subscriber
    await blocks.outbox.start();

    const routes = {
      appId: config.appId,
      blocks,
      metadata: metadataOf(parts, blocks, mcp),
      all: this.#all,
      outbound: this.#outbound,
      shutdown: dependencies.onShutdown ?? (() => void this.stop().catch(() => {})),
      stopping: this.#stopping.signal,
      maxBodyBytes: config.maxBodyBytes,
      clock,
    };
    const ports = await openServers({
      config,
      configuration,
      telemetry: telemetry,
      dependencies,
      apiRoutes: apiRoutes(routes),
      publicRoutes: publicRoutes(routes),
      rpcs: routes,
      pipeline: pipeline(configuration.httpPipeline, components.httpMiddlewares),
      onOpen: (close) => this.#onClose(close),
    });
    // while the servers still run: the responses arrive through them
    this.#onClose(() => blocks.streams.drain(drainLimitOf(config.gracefulShutdownMs)));
    this.#ports = { ...ports, internal: peers.port };
    const { announcer } = names;
    if (announcer) {
      await announcer.announce({
        appId: config.appId,
        namespace: config.namespace,
        address: advertisedAddress,
      });
      this.#onClose(() => announcer.withdraw());
    }
    this.#outbound.ready('apis');
    this.#onClose(() => blocks.actors.close());
    const elapsed = Math.round(clock.monotonic() - startedAt);
    log.info({ ...this.#ports }, `dapr initialized. Status: Running. Init Elapsed ${elapsed}ms`);
    await this.#awaitApp(parts, blocks);
  }

  async #awaitApp({ config, channel, dependencies, policies, telemetry }: BlockOptions, blocks: Blocks): Promise<void> {
    const { subscriptions, actors, actorStreams, appWorkers } = blocks;
    if (!channel || !subscriptions) {
      await actorStreams?.start();
      this.#onClose(async () => actorStreams?.stop());
      this.#all.ready('app');
      return;
    }
    const newCall = (signal: AbortSignal) => internalCall(dependencies, signal);
    const onProbe = telemetry.onProbe;
    const app = watchApp({
      ...dependencies,
      config,
      channel,
      actors,
      actorStreams,
      subscriptions,
      appWorkers,
      newCall,
      initialization: policies.initialization,
      onProbe,
    });
    this.#app = app;
    this.#onClose(() => app.stop());
    dependencies.log.info({}, `waiting for the application to listen on port ${config.app.port}`);
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
    await closeAll(this.#closers, this.#dependencies.log);
  }

  async #untilAppIsDown(limitMs: number): Promise<void> {
    const { clock, log } = this.#dependencies;
    const app = this.#app;
    // the app may still make outbound calls, but gets no new work
    const drainMs = this.#config.gracefulShutdownMs;
    const { subscriptions, streams, appWorkers = [] } = this.#blocks ?? {};
    const work = subscriptions ? [subscriptions, ...appWorkers] : appWorkers;
    const stop = async (): Promise<void> => {
      await this.#blocks?.pause();
      await Promise.all([streams?.drain(drainMs), ...work.map((one) => one.stop(drainMs))]);
    };
    const stopped = stop();
    // logged even if there is nothing to wait for: it explains when and why the sidecar stopped
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

/** Work that takes longer must not delay the rest of the stop. */
function drainLimitOf(gracefulShutdownMs: number): number {
  return gracefulShutdownMs * 0.8;
}

function metadataOf(
  { config, configuration, resources, components }: BlockOptions,
  blocks: Blocks,
  mcp: McpServers,
): MetadataBlock {
  // without an app they have no consumer, and upstream lists them anyway
  const declaredOnly = resources.subscriptions.map((one) => ({ ...one, source: 'declarative' }) as const);
  return metadataBlock({
    appId: config.appId,
    version: daprVersion,
    features: [...configuration.features].filter(([, isOn]) => isOn).map(([name]) => name),
    appConnection: appConnection(config),
    httpEndpoints: resources.httpEndpoints.map(({ name }) => name),
    resiliencies: resources.resiliencies.map(({ name }) => name),
    mcpServers: () => mcp.names(),
    components: () => registeredComponents(components),
    subscriptions: () => [
      ...(blocks.subscriptions?.list() ?? declaredOnly).map(registeredSubscription),
      ...blocks.streams.list().map((one) => registeredSubscription({ ...one, source: 'streaming' })),
    ],
    actorRuntime: () => actorRuntimeStatus(blocks.actors),
  });
}
