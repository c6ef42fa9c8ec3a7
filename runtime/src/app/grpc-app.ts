import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { noBody } from '#core/message.ts';
import type { Reply } from '#core/message.ts';
import { AppCallbackHealthCheck } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { callApp } from './app-rpc.ts';

/** One import for everything that is only needed when the app speaks gRPC. */
export { grpcBindingApp } from './grpc-binding-delivery.ts';
export { grpcChannel } from './grpc-channel.ts';
export { grpcEventSink } from './grpc-event-delivery.ts';
export { grpcJobApp } from './grpc-job-delivery.ts';
export { discoverGrpcSubscriptions } from './grpc-subscriptions.ts';

/** The health check of a gRPC app as an HTTP channel, for the probe: 200 when it is healthy. */
export function healthChannel(inner: AppChannel): AppChannel {
  return {
    protocol: inner.protocol,
    async request(call: Call): Promise<Reply> {
      await callApp(inner, call, AppCallbackHealthCheck.method.healthCheck, { message: {} });
      return { status: 200, headers: [], body: noBody };
    },
    close: () => inner.close(),
  };
}
