import { type ActorConfig, parseActorConfig } from '#blocks/actors/actor-config.ts';
import type { ActorStreams } from '#blocks/actors/actor-streams.ts';
import { formatGoDuration } from '#core/duration.ts';
import { defineError } from '#core/errors.ts';
import type {
  ActorEntityConfig,
  SubscribeActorEventsRequestInitialAlpha1,
} from '#gen/dapr/proto/runtime/v1/actors_pb.ts';
import { actorStreamRequests } from './actor-stream-requests.ts';
import type { DaprRpcs } from './server.ts';
import { streamedActorApp } from './streamed-actor-app.ts';

const needsGrpcApp = defineError(
  { code: 'ERR_ACTOR_STREAM', http: 400, grpc: 'FailedPrecondition' },
  () => 'actor callback streaming requires a gRPC app channel',
);

const notInitial = defineError(
  { code: 'ERR_ACTOR_STREAM', http: 400, grpc: 'InvalidArgument' },
  () => 'first message must be SubscribeActorEventsRequestInitialAlpha1',
);

/** Lets an app host actors over a stream that it opens. `streams` is undefined where the app hosts them over HTTP. */
export function actorEventRpcs(streams: ActorStreams | undefined) {
  return {
    async *subscribeActorEventsAlpha1(call, requests) {
      if (!streams) throw needsGrpcApp();
      const source = requests[Symbol.asyncIterator]();
      const first = await source.next();
      const initial = first.done === true ? undefined : first.value.requestType;
      if (initial?.case !== 'initialRequest') throw notInitial();
      const outgoing = actorStreamRequests();
      const end = (): void => outgoing.close();
      call.signal.addEventListener('abort', end, { once: true });
      if (call.signal.aborted) end();
      void (async () => {
        for (let next = await source.next(); next.done !== true; next = await source.next())
          outgoing.handleResponse(next.value.requestType);
      })()
        // a broken stream is reported by its writer
        .catch(() => {})
        .finally(end);
      const hosted = await streams.open(streamedActorApp(outgoing.send), configOf(initial.value));
      try {
        yield { responseType: { case: 'initialResponse', value: {} } } as const;
        for await (const request of outgoing.outgoing()) yield { responseType: request };
      } finally {
        end();
        await hosted.close();
      }
    },
  } satisfies DaprRpcs;
}

function configOf(initial: SubscribeActorEventsRequestInitialAlpha1): ActorConfig {
  const { entities, entitiesConfig } = initial;
  return parseActorConfig({ entities, ...settingsOf(initial), entitiesConfig: entitiesConfig.map(entityOf) });
}

function entityOf(entity: ActorEntityConfig) {
  return { entities: entity.entities, ...settingsOf(entity) };
}

/** The same form as an HTTP app's response to /dapr/config. */
function settingsOf(from: Omit<ActorEntityConfig, 'entities' | '$typeName' | '$unknown'>) {
  const { actorIdleTimeout, drainOngoingCallTimeout, drainRebalancedActors, reentrancy } = from;
  return {
    ...(actorIdleTimeout ? { actorIdleTimeout: text(actorIdleTimeout) } : {}),
    ...(drainOngoingCallTimeout ? { drainOngoingCallTimeout: text(drainOngoingCallTimeout) } : {}),
    ...(drainRebalancedActors === undefined ? {} : { drainRebalancedActors }),
    ...(reentrancy ? { reentrancy: { enabled: reentrancy.enabled, maxStackDepth: reentrancy.maxStackDepth } } : {}),
  };
}

function text({ seconds, nanos }: { readonly seconds: bigint; readonly nanos: number }): string {
  return formatGoDuration(Number(seconds) * 1000 + nanos / 1e6);
}
