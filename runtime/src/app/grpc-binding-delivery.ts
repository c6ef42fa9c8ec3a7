import type { BindingApp } from '#blocks/bindings/binding-app.ts';
import { bindingEventRefused } from '#blocks/bindings/errors.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { textOf, withCause } from '#core/errors.ts';
import { noBody } from '#core/message.ts';
import {
  AppCallback,
  BindingEventResponse_BindingEventConcurrency,
} from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { askApp, endOfRefusal } from './app-rpc.ts';

/** Events of input bindings as RPCs to the app, which first says by name what it listens to. */
export function grpcBindingApp(app: AppChannel): BindingApp {
  return {
    async wants(call, name) {
      try {
        const { message } = await askApp(app, call, AppCallback.method.listInputBindings, { message: {} });
        return message.bindings.includes(name);
      } catch (cause) {
        // an app that does not answer this question listens to nothing
        if (endOfRefusal(cause)) return false;
        throw cause;
      }
    },
    async deliver(call, { name }, { data, metadata }) {
      try {
        const question = { message: { name, data, metadata: { ...metadata } } };
        const { message } = await askApp(app, call, AppCallback.method.onBindingEvent, question);
        return {
          body: message.data,
          to: message.to,
          data: message.data,
          isParallel: message.concurrency === BindingEventResponse_BindingEventConcurrency.PARALLEL,
          storeName: message.storeName,
          states: message.states.map(({ key, value }) => ({ key, value: value.length === 0 ? noBody : value })),
        };
      } catch (cause) {
        throw withCause(bindingEventRefused(name, textOf(cause)), cause);
      }
    },
  };
}
