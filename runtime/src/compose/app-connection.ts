import { appLifecycle } from '#app/app-lifecycle.ts';
import type { AppLifecycle } from '#app/app-lifecycle.ts';
import { appProbe } from '#app/app-probe.ts';
import { httpActorApp, readAppConfig } from '#app/actor-app.ts';
import { httpChannel } from '#app/http-channel.ts';
import { setupRequests } from '#app/setup-requests.ts';
import { acceptsConnection, waitForApp } from '#app/wait-for-app.ts';
import { noActors } from '#blocks/actors/actor-config.ts';
import type { ActorStreams } from '#blocks/actors/actor-streams.ts';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import type { Subscriptions } from '#blocks/pubsub/subscriptions.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { RuntimeError, defineError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { Policy } from '#core/policy.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import type { AppRequest } from '#host/telemetry/http-metrics.ts';
import { isGrpc, lazyGrpcChannel, lazyHealthChannel, subscriptionsOf } from './app-protocol.ts';
import type { AppWorker } from './blocks/block-options.ts';

export const appUnhealthy = defineError(
  { code: 'ERR_APP_UNHEALTHY', http: 500, grpc: 'Internal' },
  () => 'app is not in a healthy state',
);

/** On the reference a gRPC app counts as ready once its port is open. */
const grpcReadyTimeoutMs = 2000;

const configStep = { path: '/dapr/config', failure: 'failed to load the configuration of the app' };
const subscribeStep = { path: '/dapr/subscribe', failure: 'failed to subscribe to topics' };

/** `host:port` of the app. */
export function appAddress({ app }: SidecarConfig): string {
  return `${app.address.includes(':') ? `[${app.address}]` : app.address}:${app.port}`;
}

/** The channel to the app; undefined without an app. */
export function openAppChannel(config: SidecarConfig, _log?: Log): AppChannel | undefined {
  const { port, protocol, apiToken, maxConcurrency } = config.app;
  if (port === 0) return undefined;
  const address = appAddress(config);
  const limits = {
    ...(apiToken === undefined ? undefined : { apiToken }),
    ...(maxConcurrency === undefined ? undefined : { maxConcurrency }),
  };
  if (protocol === 'grpc' || protocol === 'grpcs') {
    return lazyGrpcChannel({ ...limits, address, protocol, maxBodyBytes: config.maxBodyBytes });
  }
  return httpChannel({ ...limits, address, protocol });
}

export interface ChannelMonitor {
  /** A call found the app unavailable. */
  readonly onUnavailable: () => void;
  readonly onCompleted: ((request: AppRequest) => void) | undefined;
  readonly clock: Clock;
}

/** Reports the outcome of the calls through a channel. */
export function monitoredChannel(inner: AppChannel, { onUnavailable, onCompleted, clock }: ChannelMonitor): AppChannel {
  return {
    protocol: inner.protocol,
    request(call, message) {
      const startedAt = clock.monotonic();
      const completed = (status: number): void =>
        onCompleted?.({ verb: message.verb, path: message.path, status, durationMs: clock.monotonic() - startedAt });
      return inner.request(call, message).then(
        (reply) => {
          completed(reply.status);
          return reply;
        },
        (cause: unknown) => {
          completed(0);
          if (cause instanceof RuntimeError && cause.kind.code === 'ERR_APP_UNAVAILABLE') onUnavailable();
          throw cause;
        },
      );
    },
    close: () => inner.close(),
  };
}

export interface WatchAppOptions {
  readonly config: SidecarConfig;
  readonly channel: AppChannel;
  readonly actors: ActorsBlock;
  /** Undefined where the app hosts its actors over HTTP. */
  readonly actorStreams: ActorStreams | undefined;
  readonly subscriptions: Subscriptions;
  /** Further workers that run while the app is up. */
  readonly appWorkers: readonly AppWorker[];
  readonly newCall: (signal: AbortSignal) => Call;
  /** Policy for requesting subscriptions. Without one, initialisation is repeated until the app responds. */
  readonly initialization: Policy | undefined;
  readonly onProbe?: (isHealthy: boolean, durationMs: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Requests actors and subscriptions whenever the app comes up, and stops them when it goes down. */
export function watchApp(options: WatchAppOptions): AppLifecycle {
  const { config, channel, actors, actorStreams, subscriptions, appWorkers, clock, log } = options;
  const { health, loadsConfig, loadsSubscriptions } = config.app;
  const address = appAddress(config);
  const actorApp = httpActorApp(channel);
  const drainMs = config.gracefulShutdownMs;
  const callApp = setupRequests({ address, newCall: options.newCall, clock, log });
  return appLifecycle({
    waitUntilAvailable: (signal) => waitForApp(clock, address, signal),
    isAvailable: () => acceptsConnection(clock, address),
    ...(isGrpc(channel) ? { readyAfterMs: grpcReadyTimeoutMs } : undefined),
    ...(health
      ? {
          probe: appProbe({
            ...health,
            app: isGrpc(channel) ? lazyHealthChannel(channel) : httpChannel({ address, protocol: config.app.protocol }),
            newCall: options.newCall,
            clock,
            ...(options.onProbe ? { onProbe: options.onProbe } : undefined),
          }),
        }
      : undefined),
    async onUp(signal) {
      if (!loadsConfig) log.info({}, 'Skipping programmatic dapr configuration loading');
      const actorConfig = loadsConfig
        ? await callApp(signal, configStep, (call) => readAppConfig(call, channel, config.appId))
        : noActors;
      await (actorStreams ? actorStreams.start() : actors.registerHost(actorApp, actorConfig));
      await actors.whenPlacementSettled(signal);
      if (!loadsSubscriptions) log.info({}, 'Skipping programmatic subscription loading');
      const listSubscriptions = (until: AbortSignal) =>
        callApp(until, subscribeStep, (call) => subscriptionsOf(channel, call, { appId: config.appId, log }));
      const { initialization: policy } = options;
      const listUnderPolicy = (): ReturnType<typeof listSubscriptions> =>
        policy
          ? policy(options.newCall(signal), 'subscriptions', (call) => listSubscriptions(call.signal))
          : listSubscriptions(signal);
      await subscriptions.start(loadsSubscriptions ? listUnderPolicy : []);
      for (const work of appWorkers) await work.start();
      log.info(
        { actorTypes: [...actorConfig.types.keys()], subscriptions: subscriptions.list().length },
        `application is up at ${address}`,
      );
    },
    async onDown() {
      const stops = appWorkers.map((work) => work.stop(drainMs));
      const unhosted = actorStreams ? actorStreams.stop() : actors.unregisterHost();
      await Promise.all([subscriptions.stop(drainMs), unhosted, ...stops]);
    },
    clock,
    log,
  });
}
