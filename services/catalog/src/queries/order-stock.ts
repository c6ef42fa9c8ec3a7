import type { Queries } from '@tidewater/kit/database.ts';
import type { OrderStockState } from '../domain/order-stock.ts';

export interface OrderStock {
  readonly orderId: string;
  readonly state: OrderStockState;
}

/** How each order stands with the stock. Orders that have never requested stock are left out. */
export async function readOrderStock(database: Queries, orderIds: readonly string[]): Promise<readonly OrderStock[]> {
  const rows = await database.query<{ order_id: string; state: OrderStockState }>(
    'select order_id, state from order_stock where order_id = any($1) order by order_id',
    [orderIds],
  );
  return rows.map(({ order_id: orderId, state }) => ({ orderId, state }));
}
