import { jobRejected } from '#blocks/jobs/errors.ts';
import type { JobApp } from '#blocks/jobs/job-app.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { HTTPExtension_Verb } from '#gen/dapr/proto/common/v1/common_pb.ts';
import { AppCallback, AppCallbackAlpha } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { callApp, appStatusOf, isUnimplemented } from './app-rpc.ts';

/** Jobs as RPCs to the app, by the current name of the RPC or else by its alpha name. */
export function grpcJobApp(app: AppChannel): JobApp {
  const sendJob = async (call: Call, message: ReturnType<typeof jobEvent>): Promise<void> => {
    try {
      await callApp(app, call, AppCallback.method.onJobEvent, { message });
    } catch (cause) {
      if (!isUnimplemented(cause)) throw cause;
      await callApp(app, call, AppCallbackAlpha.method.onJobEventAlpha1, { message });
    }
  };
  return {
    async run(call, name, data) {
      try {
        await sendJob(call, jobEvent(name, data));
        return 'done';
      } catch (cause) {
        if (appStatusOf(cause) === undefined || !(cause instanceof RuntimeError)) throw cause;
        if (cause.kind.grpc === 'NotFound') return 'unknown';
        throw jobRejected(name, `it responded with ${cause.kind.grpc}: ${cause.message.slice(0, 200)}`);
      }
    },
  };
}

function jobEvent(name: string, data: Parameters<JobApp['run']>[2]) {
  return {
    name,
    data: { typeUrl: data?.typeUrl ?? '', value: data?.value ?? new Uint8Array(0) },
    method: `job/${name}`,
    contentType: data?.typeUrl ?? '',
    httpExtension: { verb: HTTPExtension_Verb.POST, querystring: '' },
  };
}
