import { httpBindingApp } from '#app/binding-delivery.ts';
import { httpEventSink } from '#app/event-delivery.ts';
import type { GrpcChannelOptions } from '#app/grpc-channel.ts';
import { httpJobApp } from '#app/job-delivery.ts';
import { discoverSubscriptions } from '#app/subscriptions.ts';
import type { BindingApp } from '#blocks/bindings/binding-app.ts';
import type { JobApp } from '#blocks/jobs/job-app.ts';
import type { EventSink } from '#blocks/pubsub/event-sink.ts';
import type { TopicSubscription } from '#blocks/pubsub/subscriptions.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import type { Log } from '#core/log.ts';

/** Loaded on first use: most apps speak HTTP, and gRPC takes time to load. */
const grpc = () => import('#app/grpc-app.ts');

export function isGrpc({ protocol }: Pick<AppChannel, 'protocol'>): boolean {
  return protocol === 'grpc' || protocol === 'grpcs';
}

export function lazyGrpcChannel(options: GrpcChannelOptions): AppChannel {
  let opening: Promise<AppChannel> | undefined;
  return {
    protocol: options.protocol,
    async request(call, message) {
      opening ??= grpc().then(({ grpcChannel }) => grpcChannel(options));
      return await (await opening).request(call, message);
    },
    close: async () => await (await opening)?.close(),
  };
}

export function eventSinkFor(channel: AppChannel): EventSink {
  if (!isGrpc(channel)) return httpEventSink(channel);
  const sink = async () => (await grpc()).grpcEventSink(channel);
  return {
    deliver: async (call, event) => await (await sink()).deliver(call, event),
    deliverBulk: async (call, events) => await (await sink()).deliverBulk(call, events),
  };
}

export async function bindingAppFor(channel: AppChannel): Promise<BindingApp> {
  return isGrpc(channel) ? (await grpc()).grpcBindingApp(channel) : httpBindingApp(channel);
}

export async function jobAppFor(channel: AppChannel): Promise<JobApp> {
  return isGrpc(channel) ? (await grpc()).grpcJobApp(channel) : httpJobApp(channel);
}

export async function subscriptionsOf(
  channel: AppChannel,
  call: Call,
  options: { readonly appId: string; readonly log: Log },
): Promise<readonly TopicSubscription[]> {
  return isGrpc(channel)
    ? (await grpc()).discoverGrpcSubscriptions(channel, call, options)
    : await discoverSubscriptions(channel, call, options);
}

/** Sends a gRPC app's own health check, whatever the request. */
export function lazyHealthChannel(channel: AppChannel): AppChannel {
  return {
    protocol: channel.protocol,
    request: async (call, message) => await (await grpc()).healthChannel(channel).request(call, message),
    close: () => channel.close(),
  };
}
