import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import type { Database, Transaction } from '@tidewater/kit/database.ts';
import { handleOnce } from '@tidewater/kit/inbox.ts';
import type { Outbox } from '@tidewater/kit/outbox.ts';
import { storeEvent, storeSubscription } from '@tidewater/kit/store-events.ts';
import { isStockAsk } from './order-stock.ts';
import { keepStock } from './stock-keeping.ts';
import type { StockEvent } from './stock-keeping.ts';

/** Does what orders ask of stock. The event's id, the stock and the answer are committed together. */
export function orderSubscription(database: Database, outbox: Outbox): Subscription {
  return storeSubscription(topics.orders, {
    'order.changed': async ({ id, data }) => {
      const asks = data.asks.filter(isStockAsk);
      if (asks.length === 0) return;
      await handleOnce(database, id, async (tx) => {
        for (const ask of asks) {
          for (const event of await keepStock(tx, ask, data)) await tell(outbox, tx, event);
        }
      });
    },
  });
}

/** Adds a stock event to the transaction; those of one order, and those of one product, keep their order. */
export function tell(outbox: Outbox, tx: Transaction, { type, data }: StockEvent): Promise<void> {
  return outbox.add(tx, storeEvent(type, data), 'orderId' in data ? data.orderId : data.productId);
}
