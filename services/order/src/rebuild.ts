import { openDatabase } from '@tidewater/kit/database.ts';
import { processContext } from '@tidewater/kit/service.ts';
import { migrations } from './migrations.ts';
import { orderProjection } from './projection.ts';

// Makes the table of orders anew: npm run rebuild:orders.
const context = processContext('order-rebuild');
const database = await openDatabase(context, { schema: 'ordering', migrations });
const changes = await orderProjection(database).rebuild();
context.log.info({ changes }, 'the table of orders was made anew');
await database.close();
await context.client.close();
