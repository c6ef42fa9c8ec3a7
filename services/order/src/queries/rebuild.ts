import { openDatabase } from '@tidewater/kit/database.ts';
import { processContext } from '@tidewater/kit/process-context.ts';
import { migrations } from '../schema/migrations.ts';
import { orderProjection } from './projection.ts';

// Creates the projection again from the stored events: npm run rebuild:orders.
const context = processContext('order-rebuild');
const database = await openDatabase(context, { schema: 'ordering', migrations });
const changes = await orderProjection(database).rebuild();
context.log.info({ changes }, 'the projection of orders was rebuilt');
await database.close();
await context.client.close();
