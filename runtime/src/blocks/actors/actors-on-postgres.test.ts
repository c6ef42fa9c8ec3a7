import { silentLog } from '#core/log.ts';
import { postgresStateStore } from '#components/postgres/state-store.ts';
import { testSchema } from '#components/postgres/testing.ts';
import { actorHostsConformance } from './actor-hosts.conformance.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;

actorHostsConformance(
  'actors on Postgres',
  async () => {
    const schema = await testSchema(serverUrl);
    return {
      async open({ clock, random }) {
        const context = { name: 's', type: 'state.postgresql', version: 'v2', appId: 'shop', namespace: '' };
        const metadata = { connectionstring: schema.url };
        const state = await postgresStateStore({ ...context, metadata, log: silentLog, clock, random });
        const store = state.actorStore('shop');
        return {
          store,
          async close() {
            await store.close();
            await state.close();
          },
        };
      },
      close: () => schema.drop(),
    };
  },
  skip,
);
