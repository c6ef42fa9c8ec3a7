import type { ActorsBlock } from '#blocks/actors/actors.ts';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import type { PeerHandler } from '#blocks/invoke/peers.ts';
import { activityHandler } from '#cluster/activity-wire.ts';
import type { ActivityFeed } from '#core/activity-feed.ts';

/** Handles requests of other sidecars. */
export function peerRequestHandler(
  invoke: Invoke,
  actors: Pick<ActorsBlock, 'handlePeerRequest'>,
  activities: ActivityFeed,
): PeerHandler {
  const handleActivities = activityHandler(activities);
  return (call, request) => {
    switch (request.purpose) {
      case 'invoke':
        return invoke.receive(call, request);
      case 'actor':
        return actors.handlePeerRequest(call, request);
      case 'activities':
        return handleActivities(call, request);
    }
  };
}
