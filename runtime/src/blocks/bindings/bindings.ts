import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import type { RuntimeError } from '#core/errors.ts';
import { textOf, withCause } from '#core/errors.ts';
import { formatTraceparent } from '#core/trace.ts';
import { directionsOf, isOutputBinding } from './binding.ts';
import type { Binding, OutputBinding } from './binding.ts';
import { bindingInvokeFailed } from './errors.ts';

export interface InvokeBinding {
  readonly name: string;
  readonly operation: string;
  readonly data: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface InvokedBinding {
  readonly data?: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  /** The external system returned an error; its metadata is part of the response anyway. */
  readonly failure?: RuntimeError;
}

/** Operations on external systems, for the HTTP and the gRPC API. */
export interface BindingsBlock {
  /** Undefined when the operation has no result. Throws `bindingInvokeFailed`. */
  invoke(call: Call, request: InvokeBinding): Promise<InvokedBinding | undefined>;
}

export interface BindingsOptions {
  readonly bindings: ReadonlyMap<string, Loaded<Binding>>;
  readonly recorder: Recorder;
}

export function bindingsBlock({ bindings, recorder }: BindingsOptions): BindingsBlock {
  return {
    async invoke(call, { name, operation, data, metadata }) {
      if (operation === '') throw bindingInvokeFailed(name, 'operation field is missing from request');
      const binding = outputNamed(bindings, name);
      if (!binding) throw bindingInvokeFailed(name, `couldn't find output binding ${name}`);
      if (!binding.operations.includes(operation)) throw unsupported(name, operation, binding);
      const start: ActivityStart<'binding.invoke'> = {
        kind: 'binding.invoke',
        name,
        attributes: { operation },
        ...(call.isPrivate ? undefined : { input: data }),
      };
      return await recorder.record(call, start, async (inner, scope) => {
        const request = { operation, data, metadata: { ...metadata, ...traceMetadata(inner) } };
        const reply = await binding.invoke(inner, request).catch((cause: unknown) => {
          throw withCause(bindingInvokeFailed(name, textOf(cause)), cause);
        });
        if (!reply) return undefined;
        if (reply.data && !call.isPrivate) scope.output(reply.data);
        const response = { ...(reply.data ? { data: reply.data } : undefined), metadata: reply.metadata ?? {} };
        if (reply.rejection === undefined) return response;
        const failure = bindingInvokeFailed(name, reply.rejection);
        scope.failed(failure.kind.code, failure.message);
        return { ...response, failure };
      });
    },
  };
}

function outputNamed(bindings: BindingsOptions['bindings'], name: string): OutputBinding | undefined {
  const component = bindings.get(name);
  return component && isOutputBinding(component.port) && directionsOf(component.metadata).isOutput
    ? component.port
    : undefined;
}

function unsupported(name: string, operation: string, { operations }: OutputBinding): RuntimeError {
  return bindingInvokeFailed(
    name,
    `binding ${name} does not support operation ${operation}. supported operations:${operations.join(' ')}`,
  );
}

/** Bindings that use HTTP forward these; they override what the caller wrote under the same names, as upstream. */
function traceMetadata({ trace, baggage }: Call): Readonly<Record<string, string>> {
  return {
    traceparent: formatTraceparent(trace),
    ...(trace.state ? { tracestate: trace.state } : undefined),
    ...(baggage ? { baggage } : undefined),
  };
}
