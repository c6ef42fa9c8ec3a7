import type { Call } from './call.ts';
import { defineError } from './errors.ts';
import type { Message, Reply } from './message.ts';

/** The app does not listen, or went away before it answered. `reason` says which. */
export const appUnavailable = defineError(
  { code: 'ERR_APP_UNAVAILABLE', http: 503, grpc: 'Unavailable' },
  (address: string, reason: string) => `the app at ${address} does not answer: ${reason}`,
);

/**
 * The user's program, as an address that answers requests. It may come, go and come back: when it is not there, `request`
 * rejects with `appUnavailable`. Redirects are not followed.
 */
export interface AppChannel {
  readonly protocol: 'http' | 'https' | 'h2c' | 'grpc' | 'grpcs';
  request(call: Call, message: Message): Promise<Reply>;
  close(): Promise<void>;
}
