import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { silentLog } from '#core/log.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import { systemClock } from '#host/process/clock.ts';
import { postgresStateStore } from './state-store.ts';
import { testSchema } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;

function context(connectionString: string): ComponentContext {
  return {
    name: 'statestore',
    type: 'state.postgresql',
    version: 'v2',
    metadata: { connectionstring: connectionString },
    appId: 'orders',
    namespace: '',
    log: silentLog,
    clock: systemClock(),
    random: seededRandom(),
  };
}

stateStoreConformance(
  'postgres',
  async () => {
    const schema = await testSchema(serverUrl);
    const store = await postgresStateStore(context(schema.url));
    return {
      store,
      async passTime(ms) {
        // The database's clock cannot be moved, so what is stored moves instead.
        await schema.query(`update state set expires_at = expires_at - $1 * interval '1 millisecond'`, [ms]);
      },
      async close() {
        await store.close();
        await schema.drop();
      },
    };
  },
  { skip },
);
