import type { ActivityScope } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { type Reply, isBytes } from '#core/message.ts';

/** Notes how the app answered. The wire counts 200 to 399 as success. */
export function recordReply({ status, body }: Reply, call: Call, scope: ActivityScope): void {
  scope.set('status', status);
  if (isBytes(body) && !call.isPrivate) scope.output(body);
  if (status < 200 || status > 399) scope.failed(String(status), `the app answered ${status}`);
}
