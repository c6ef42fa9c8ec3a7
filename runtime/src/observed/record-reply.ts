import type { ActivityScope } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { type Reply, isBytes } from '#core/message.ts';

/** Records the app's response. Statuses from 200 to 399 count as success. */
export function recordReply(
  { status, body }: Reply,
  call: Call,
  scope: ActivityScope<'invoke.send' | 'invoke.receive'>,
): void {
  scope.set('status', status);
  if (isBytes(body) && !call.isPrivate) scope.output(body);
  if (status < 200 || status > 399) scope.failed(String(status), `the app responded with ${status}`);
}
