import type { BindingApp } from '#blocks/bindings/binding-app.ts';
import { bindingEventRejected } from '#blocks/bindings/errors.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { textOf, withCause } from '#core/errors.ts';
import { noBody } from '#core/message.ts';
import {
  AppCallback,
  BindingEventResponse_BindingEventConcurrency,
} from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { callApp, appStatusOf } from './app-rpc.ts';

/** Events of input bindings as RPCs to the app, which first lists the bindings it subscribes to. */
export function grpcBindingApp(app: AppChannel): BindingApp {
  return {
    async listensTo(call, name) {
      try {
        const { message } = await callApp(app, call, AppCallback.method.listInputBindings, { message: {} });
        return message.bindings.includes(name);
      } catch (cause) {
        // an app that does not implement this RPC subscribes to nothing
        if (appStatusOf(cause)) return false;
        throw cause;
      }
    },
    async deliver(call, { name }, { data, metadata }) {
      try {
        const request = { message: { name, data, metadata: { ...metadata } } };
        const { message } = await callApp(app, call, AppCallback.method.onBindingEvent, request);
        return {
          body: message.data,
          to: message.to,
          data: message.data,
          isParallel: message.concurrency === BindingEventResponse_BindingEventConcurrency.PARALLEL,
          storeName: message.storeName,
          states: message.states.map(({ key, value }) => ({ key, value: value.length === 0 ? noBody : value })),
        };
      } catch (cause) {
        throw withCause(bindingEventRejected(name, textOf(cause)), cause);
      }
    },
  };
}
