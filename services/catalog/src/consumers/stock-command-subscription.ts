import type { CloudEvent, Subscription } from '@outrigger/sdk';
import type { Messages, StockCommand } from '@tidewater/contracts/events.ts';
import { topics } from '@tidewater/contracts/topics.ts';
import type { Database } from '@tidewater/kit/database.ts';
import { handleIdempotently } from '@tidewater/kit/inbox.ts';
import type { Log } from '@tidewater/kit/log.ts';
import type { Outbox } from '@tidewater/kit/outbox.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import { publishStock } from '../commands/publish-stock.ts';
import { handleStockCommand } from '../commands/stock-commands.ts';
import type { StockEvent } from '../commands/stock-commands.ts';

export interface CommandSubscriptionOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly log: Log;
}

/**
 * Carries out the stock commands of orders. The message's id, the stock and the outcome are committed together: an error,
 * such as a constraint violation, rolls back all three.
 */
export function commandSubscription({ database, outbox, log }: CommandSubscriptionOptions): Subscription {
  const handle = async <C extends StockCommand>(command: C, { id, data }: CloudEvent<Messages[C]>): Promise<void> => {
    const { orderId } = data;
    let events: readonly StockEvent[] = [];
    const isNew = await handleIdempotently(database, id, async (tx) => {
      events = await handleStockCommand(tx, command, data);
      for (const event of events) await publishStock(outbox, tx, event);
    });
    const published = [...new Set(events.map(({ type }) => type))];
    if (isNew) log.info({ event: 'stock-command', orderId, eventId: id, command, published }, 'stock command done');
  };
  return storeSubscription('catalog', topics.stockCommands, {
    'reserve-stock': (event) => handle('reserve-stock', event),
    'release-stock': (event) => handle('release-stock', event),
    'commit-stock': (event) => handle('commit-stock', event),
    restock: (event) => handle('restock', event),
  });
}
