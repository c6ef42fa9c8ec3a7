import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { actorStoreConformance } from '#blocks/actors/actor-store.conformance.ts';
import { actorDatabase } from './actor-database.ts';
import { memoryActorStoreOn } from './actor-store.ts';

actorStoreConformance(
  'memory',
  async () => {
    const clock = fakeClock();
    const database = actorDatabase({ clock, random: seededRandom() });
    return {
      open: async (appId) => memoryActorStoreOn(database, appId),
      passTime: (ms) => clock.tick(ms),
      async close() {},
    };
  },
  { skipCases: { 'claim: a takeover waits for a running write and then sees it': 'a write in memory is one step' } },
);
