import { defineError } from '#core/errors.ts';

/** Every failure of an output binding, whatever the reason: Dapr has one code for all of them. */
export const bindingInvokeFailed = defineError(
  { code: 'ERR_INVOKE_OUTPUT_BINDING', http: 500, grpc: 'Internal' },
  (name: string, reason: string) => `error invoking output binding ${name}: ${reason}`,
);

/** The app rejected an event of an input binding, or could not be reached. */
export const bindingEventRejected = defineError(
  { code: 'ERR_BINDING_EVENT', http: 500, grpc: 'Internal' },
  (name: string, reason: string) => `the app did not accept an event of the binding ${name}: ${reason}`,
);
