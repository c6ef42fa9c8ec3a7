import { defineError } from '#core/errors.ts';

export const conversationNotFound = defineError(
  { code: 'ERR_CONVERSATION_NOT_FOUND', http: 400, grpc: 'InvalidArgument' },
  (name: string) => `failed finding conversation component ${name}`,
);

export const conversationInputsMissing = defineError(
  { code: 'ERR_CONVERSATION_MISSING_INPUTS', http: 400, grpc: 'InvalidArgument' },
  (name: string) => `failed conversing with component ${name}: missing inputs in request`,
);

// The code is spelled as in Dapr.
export const conversationParamsInvalid = defineError(
  { code: 'ERR_CONVERSATION_INVALID_PARMS', http: 400, grpc: 'InvalidArgument' },
  (name: string, reason: string) => `failed conversing with component ${name}: invalid params: ${reason}`,
);

export const conversationFailed = defineError(
  { code: 'ERR_CONVERSATION_INVOKE', http: 500, grpc: 'Internal' },
  (name: string, reason: string) => `failed conversing with component ${name}: ${reason}`,
);
