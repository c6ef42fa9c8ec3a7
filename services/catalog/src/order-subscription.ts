import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import type { Database } from '@tidewater/kit/database.ts';
import { handleIdempotently } from '@tidewater/kit/inbox.ts';
import type { Log } from '@tidewater/kit/log.ts';
import type { Outbox } from '@tidewater/kit/outbox.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import { isStockCommand } from './order-stock.ts';
import { publishStock } from './publish-stock.ts';
import { handleStockCommand } from './stock-commands.ts';
import type { StockEvent } from './stock-commands.ts';

export interface OrderSubscription {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly log: Log;
}

/**
 * Carries out the stock commands of orders. The event's id, the stock and the outcome are committed together: an error, such
 * as a constraint violation, rolls back all three.
 */
export function orderSubscription({ database, outbox, log }: OrderSubscription): Subscription {
  return storeSubscription('catalog', topics.orders, {
    'order.changed': async ({ id, data }) => {
      const commands = data.asks.filter(isStockCommand);
      if (commands.length === 0) return;
      const { orderId } = data;
      let published: readonly StockEvent['type'][] = [];
      const isNew = await handleIdempotently(database, id, async (tx) => {
        const events: StockEvent[] = [];
        for (const command of commands) events.push(...(await handleStockCommand(tx, command, data)));
        for (const event of events) await publishStock(outbox, tx, event);
        published = [...new Set(events.map(({ type }) => type))];
      });
      if (isNew)
        log.info({ event: 'stock-commands', orderId, eventId: id, commands, published }, 'stock commands done');
    },
  });
}
