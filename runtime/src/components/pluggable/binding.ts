import type { Binding, InputBinding, OutputBinding } from '#blocks/bindings/binding.ts';
import { directionsOf } from '#blocks/bindings/binding.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import {
  InputBinding as InputService,
  OutputBinding as OutputService,
} from '#gen/dapr/proto/components/v1/bindings_pb.ts';
import { type ComponentLink, openLink } from './component-link.ts';
import { pull } from './pulled-stream.ts';
import { servicesAt } from './services.ts';

/** A binding in a separate process: input, output or both, depending on its services and on `direction`. */
export function pluggableBinding(socket: string): Factory<Binding> {
  return async (context) => {
    const { metadata, properties = metadata } = context;
    const services = await servicesAt(socket, context.clock);
    const { isInput, isOutput } = directionsOf(metadata);
    const hasInput = services.has(InputService.typeName) && isInput;
    const hasOutput = services.has(OutputService.typeName) && isOutput;
    if (!hasInput && !hasOutput)
      throw new TypeError(`the component at ${socket} is not a binding of the configured direction`);
    let operations: readonly string[] = [];
    const initRequest = { metadata: { properties } };
    const link = await openLink({
      socket,
      context,
      init: async (request) => {
        if (hasInput) await request(undefined, InputService.method.init, initRequest);
        if (!hasOutput) return;
        await request(undefined, OutputService.method.init, initRequest);
        operations = (await request(undefined, OutputService.method.listOperations, {})).operations;
      },
    });
    const close = (): Promise<void> => Promise.resolve(link.close());
    if (!hasInput) return { ...outputOn(link, operations), close };
    const input = { ...inputOn(link, context), close };
    return hasOutput ? { ...input, ...outputOn(link, operations) } : input;
  };
}

function inputOn(link: ComponentLink, context: ComponentContext): Pick<InputBinding, 'read'> {
  return {
    read: (handler) =>
      pull({
        link,
        context,
        method: InputService.method.read,
        handle: async ({ messageId, data, metadata }) => {
          try {
            return { messageId, responseData: await handler({ data, metadata }) };
          } catch (cause) {
            return { messageId, responseError: { message: textOf(cause) } };
          }
        },
        reject: ({ messageId }) => ({ messageId, responseError: { message: 'input binding is closed' } }),
      }),
  };
}

function outputOn(link: ComponentLink, operations: readonly string[]): Pick<OutputBinding, 'operations' | 'invoke'> {
  return {
    operations,
    async invoke(call, { operation, data, metadata: requestMetadata }) {
      const message = { operation, data, metadata: { ...requestMetadata } };
      const response = await link.request(call, OutputService.method.invoke, message);
      return { data: response.data, metadata: response.metadata };
    },
  };
}
