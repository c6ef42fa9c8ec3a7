import type { Transaction } from '@tidewater/kit/database.ts';
import type { Outbox } from '@tidewater/kit/outbox.ts';
import { storeMessage } from '@tidewater/kit/store-events.ts';
import type { StockEvent } from './stock-commands.ts';

/** Adds a stock event to the transaction; those of one order, and those of one product, keep their order. */
export function publishStock(outbox: Outbox, tx: Transaction, { type, data }: StockEvent): Promise<void> {
  return outbox.add(tx, storeMessage(type, data), 'orderId' in data ? data.orderId : data.productId);
}
