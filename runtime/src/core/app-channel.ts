import type { Call } from './call.ts';
import { defineError } from './errors.ts';
import type { Message, Reply } from './message.ts';

/** The app does not listen, or disconnected before it responded; `reason` is which. */
export const appUnavailable = defineError(
  { code: 'ERR_APP_UNAVAILABLE', http: 503, grpc: 'Unavailable' },
  (address: string, reason: string) => `the app at ${address} does not respond: ${reason}`,
);

/**
 * The user's program as a server. It may start, stop and restart: while it is unavailable, `request` rejects with
 * `appUnavailable`. Redirects are not followed.
 */
export interface AppChannel {
  readonly protocol: 'http' | 'https' | 'h2c' | 'grpc' | 'grpcs';
  request(call: Call, message: Message): Promise<Reply>;
  close(): Promise<void>;
}
