import type { Call } from './call.ts';
import type { Message, Reply } from './message.ts';

/**
 * The user's program, as an address that answers requests. It may come, go and come back: when it is not there, `request`
 * rejects with `appUnavailable`. Redirects are not followed.
 */
export interface AppChannel {
  readonly protocol: 'http' | 'https' | 'h2c' | 'grpc' | 'grpcs';
  request(call: Call, message: Message): Promise<Reply>;
  close(): Promise<void>;
}
