import { eur } from '@tidewater/contracts/money.ts';
import { id as idSchema } from '@tidewater/contracts/text-schemas.ts';
import type { Database } from '@tidewater/kit/database.ts';
import type { Outbox } from '@tidewater/kit/outbox.ts';
import { conflict, notFound } from '@tidewater/kit/problems.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { storeMessage } from '@tidewater/kit/store-events.ts';
import { publishStock } from './publish-stock.ts';

/** What staff may change. The event of a change is written in the same transaction. */
export interface ProductCommands {
  /** Cents. A price above the old "before" price ends the sale. */
  setPrice(productId: string, amount: number): Promise<void>;
  /** Throws 409 while orders have reserved more than that. */
  setStock(productId: string, onHand: number): Promise<void>;
}

/** Echoes the id only when it is a valid one. */
export const unknownProduct = (id: string): Error =>
  notFound(isValid(idSchema, id) ? `There is no product called ${id}.` : 'There is no product with such an id.');

export function productCommands(database: Database, outbox: Outbox): ProductCommands {
  return {
    setPrice: (productId, amount) =>
      database.transaction(async (tx) => {
        const [before] = await tx.query<{ price: number }>('select price from products where id = $1 for update', [
          productId,
        ]);
        if (before === undefined) throw unknownProduct(productId);
        if (before.price === amount) return;
        await tx.execute(
          `update products set price = $2, previous_price = case when previous_price > $2 then previous_price end
           where id = $1`,
          [productId, amount],
        );
        const change = { productId, price: eur(amount), previous: eur(before.price) };
        await outbox.add(tx, storeMessage('product.price-changed', change), productId);
      }),
    setStock: (productId, onHand) =>
      database.transaction(async (tx) => {
        const [stock] = await tx.query<{ reserved: number }>(
          'select reserved from stock where product_id = $1 for update',
          [productId],
        );
        if (stock === undefined) throw unknownProduct(productId);
        const { reserved } = stock;
        if (onHand < reserved)
          throw conflict('stock-held', `Orders have reserved ${reserved} of ${productId}; fewer cannot be on hand.`);
        await tx.execute('update stock set on_hand = $2 where product_id = $1', [productId, onHand]);
        await publishStock(outbox, tx, { type: 'stock.changed', data: { productId, available: onHand - reserved } });
      }),
  };
}
