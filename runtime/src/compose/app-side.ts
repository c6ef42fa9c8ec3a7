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
import type { SidecarConfig } from '#host/config.ts';
import type { AppRequest } from '#host/http-metrics.ts';
import { isGrpc, lazyGrpcChannel, lazyHealthChannel, subscriptionsOf } from './app-protocol.ts';
import type { AppWork } from './outside-blocks.ts';

export const appUnhealthy = defineError(
  { code: 'ERR_APP_UNHEALTHY', http: 500, grpc: 'Internal' },
  () => 'app is not in a healthy state',
);

/** On the reference a gRPC app counts as there with its port. */
const grpcPatienceMs = 2000;

const configStep = { path: '/dapr/config', failure: 'failed to load the configuration of the app' };
const subscribeStep = { path: '/dapr/subscribe', failure: 'failed to subscribe to topics' };

/** `host:port` of the app. */
export function appAddress({ app }: SidecarConfig): string {
  return `${app.address.includes(':') ? `[${app.address}]` : app.address}:${app.port}`;
}

/** The way into the app; undefined when there is no app. */
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

export interface ChannelWatch {
  /** A call found nobody there. */
  readonly onGone: () => void;
  readonly onAnswered: ((request: AppRequest) => void) | undefined;
  readonly clock: Clock;
}

/** Tells what becomes of the calls that go through a channel. */
export function watchedChannel(inner: AppChannel, { onGone, onAnswered, clock }: ChannelWatch): AppChannel {
  return {
    protocol: inner.protocol,
    request(call, message) {
      const began = clock.monotonic();
      const ended = (status: number): void =>
        onAnswered?.({ verb: message.verb, path: message.path, status, durationMs: clock.monotonic() - began });
      return inner.request(call, message).then(
        (reply) => {
          ended(reply.status);
          return reply;
        },
        (cause: unknown) => {
          ended(0);
          if (cause instanceof RuntimeError && cause.kind.code === 'ERR_APP_UNAVAILABLE') onGone();
          throw cause;
        },
      );
    },
    close: () => inner.close(),
  };
}

export interface AppWorkOptions {
  readonly config: SidecarConfig;
  readonly channel: AppChannel;
  readonly actors: ActorsBlock;
  /** Undefined where the app hosts its actors behind HTTP. */
  readonly actorStreams: ActorStreams | undefined;
  readonly subscriptions: Subscriptions;
  /** What else goes on while the app is up. */
  readonly appWork: readonly AppWork[];
  readonly newCall: (signal: AbortSignal) => Call;
  /** Around asking for subscriptions. Without one the app is set up anew until it answers. */
  readonly initialization: Policy | undefined;
  readonly onProbe?: (isHealthy: boolean, durationMs: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Each time the app comes up it is asked for its actors and subscriptions, and each time it goes they are stopped. */
export function watchApp(options: AppWorkOptions): AppLifecycle {
  const { config, channel, actors, actorStreams, subscriptions, appWork, clock, log } = options;
  const { health, asksConfig, asksSubscriptions } = config.app;
  const address = appAddress(config);
  const actorApp = httpActorApp(channel);
  const drainMs = config.gracefulShutdownMs;
  const request = setupRequests({ address, newCall: options.newCall, clock, log });
  return appLifecycle({
    waitUntilThere: (signal) => waitForApp(clock, address, signal),
    isThere: () => acceptsConnection(clock, address),
    ...(isGrpc(channel) ? { readyAfterMs: grpcPatienceMs } : undefined),
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
      if (!asksConfig) log.info({}, 'Skipping programmatic dapr configuration loading');
      const hosted = asksConfig
        ? await request(signal, configStep, (call) => readAppConfig(call, channel, config.appId))
        : noActors;
      await (actorStreams ? actorStreams.start() : actors.host(actorApp, hosted));
      await actors.settled(signal);
      if (!asksSubscriptions) log.info({}, 'Skipping programmatic subscription loading');
      const listed = (until: AbortSignal) =>
        request(until, subscribeStep, (call) => subscriptionsOf(channel, call, { appId: config.appId, log }));
      const { initialization: policy } = options;
      const all = (): ReturnType<typeof listed> =>
        policy ? policy(options.newCall(signal), 'subscriptions', (call) => listed(call.signal)) : listed(signal);
      await subscriptions.start(asksSubscriptions ? all : []);
      for (const work of appWork) await work.start();
      log.info(
        { actorTypes: [...hosted.types.keys()], subscriptions: subscriptions.wanted().length },
        `application is up at ${address}`,
      );
    },
    async onDown() {
      const ends = appWork.map((work) => work.stop(drainMs));
      const unhosted = actorStreams ? actorStreams.stop() : actors.unhost();
      await Promise.all([subscriptions.stop(drainMs), unhosted, ...ends]);
    },
    clock,
    log,
  });
}
