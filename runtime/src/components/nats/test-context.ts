import { seededRandom } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { silentLog } from '#core/log.ts';
import type { Log } from '#core/log.ts';

/** A component context for tests against a real server, where time is real too. */
export function contextFor(metadata: Readonly<Record<string, string>>, log: Log = silentLog): ComponentContext {
  return {
    name: 'pubsub',
    type: 'pubsub.jetstream',
    version: 'v1',
    metadata,
    appId: 'shop',
    namespace: 'default',
    log,
    clock: realClock,
    random: seededRandom(),
  };
}

const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
