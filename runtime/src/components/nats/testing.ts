import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { silentLog } from '#core/log.ts';
import type { Log } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';

/** A component context for tests against a real server, with the real clock. */
export function contextFor(metadata: Readonly<Record<string, string>>, log: Log = silentLog): ComponentContext {
  return {
    name: 'pubsub',
    type: 'pubsub.jetstream',
    version: 'v1',
    metadata,
    appId: 'shop',
    namespace: 'default',
    log,
    clock: systemClock(),
    random: seededRandom(),
  };
}
