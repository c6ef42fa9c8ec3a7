import { openDatabase } from '@tidewater/kit/database.ts';
import { processWorld } from '@tidewater/kit/service.ts';
import { migrations } from './migrations.ts';
import { readModel } from './read-model.ts';

// Makes the table of orders anew: npm run rebuild:orders.
const world = processWorld('order-rebuild');
const database = await openDatabase(world, { schema: 'ordering', migrations });
const changes = await readModel(database).rebuild();
world.log.info({ changes }, 'the table of orders was made anew');
await database.close();
await world.client.close();
