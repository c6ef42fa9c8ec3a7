import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { headerOf, isBytes } from '#core/message.ts';
import { recordReply } from './record-reply.ts';

/**
 * Records requests to the app as `invoke.receive`. For the invoke block only: deliveries and actor turns use the plain
 * channel and are recorded by their own blocks.
 */
export function observedAppChannel(inner: AppChannel, recorder: Recorder, appId: string): AppChannel {
  return {
    protocol: inner.protocol,
    request(call, message) {
      const start: ActivityStart<'invoke.receive'> = {
        kind: 'invoke.receive',
        name: `${message.verb} ${appId}${message.path}`,
        attributes: { caller: headerOf(message.headers, 'dapr-caller-app-id') ?? '' },
        ...(isBytes(message.body) && !call.isPrivate ? { input: message.body } : undefined),
      };
      return recorder.record(call, start, async (inside, scope) => {
        const reply = await inner.request(inside, message);
        recordReply(reply, call, scope);
        return reply;
      });
    },
    close: () => inner.close(),
  };
}
