import type { ActivityStart, Recorder } from '#core/activity.ts';
import { isBytes } from '#core/message.ts';
import type { PeerTransport } from '#blocks/invoke/peers.ts';
import { recordReply } from './record-reply.ts';

/**
 * Records calls to apps of other sidecars as `invoke.send`. Actor calls are passed through: their block records them.
 */
export function observedPeerTransport(inner: PeerTransport, recorder: Recorder): PeerTransport {
  return {
    request(call, address, request) {
      if (request.purpose !== 'invoke') return inner.request(call, address, request);
      const { message, appId } = request;
      const start: ActivityStart<'invoke.send'> = {
        kind: 'invoke.send',
        name: `${message.verb} ${appId}${message.path}`,
        attributes: { app: appId, peer: address },
        ...(isBytes(message.body) && !call.isPrivate ? { input: message.body } : undefined),
      };
      return recorder.record(call, start, async (inside, scope) => {
        const reply = await inner.request(inside, address, request);
        recordReply(reply, call, scope);
        return reply;
      });
    },
    abandon: (address, purpose, reason) => inner.abandon(address, purpose, reason),
    close: () => inner.close(),
  };
}
