import type { Events, Messages, StockCommand } from '@tidewater/contracts/events.ts';
import { commandSchemas, eventSchemas } from '@tidewater/contracts/schemas.ts';
import { upcastMissing } from '@tidewater/contracts/upcasters.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { isValid, parse } from '@tidewater/kit/schema.ts';
import { stockAction, requestedLines } from '../domain/order-stock.ts';
import type { OrderStockState, RequestedLine } from '../domain/order-stock.ts';

/** An event that catalog publishes on topic `stock`. */
export type StockEvent = {
  [T in 'stock.reserved' | 'stock.rejected' | 'stock.changed']: { readonly type: T; readonly data: Events[T] };
}['stock.reserved' | 'stock.rejected' | 'stock.changed'];

/**
 * Pattern: reservation. Carries out one command of an order within the caller's transaction and returns the events to be
 * published. All or nothing: an order reserves each of its lines, or none. Safe to repeat; a repeated `reserve-stock` gives
 * the first outcome again. Validates the data itself, and rejects with a 400 problem before anything is written.
 */
export async function handleStockCommand<C extends StockCommand>(
  tx: Queries,
  command: C,
  data: Messages[C],
): Promise<readonly StockEvent[]> {
  const { orderId } = parse(commandSchemas[command], data, `The data of ${command}`);
  // Locks the order's row for this transaction, new or not: two commands of one order run one after the other.
  const [existing] = await tx.query<{ is_new: boolean; state: OrderStockState; missing: Missing }>(
    `insert into order_stock (order_id, state) values ($1, 'released')
     on conflict (order_id) do update set order_id = excluded.order_id
     returning xmax = 0 as is_new, state, missing`,
    [orderId],
  );
  const state = existing?.is_new === true ? undefined : existing?.state;
  switch (stockAction(command, state)) {
    case 'reserve':
      return reserve(tx, orderId, requestedLines(parse(commandSchemas['reserve-stock'], data).lines));
    case 'release':
      return closeReservation(tx, orderId, { state: 'released', onHand: 0, reserved: -1 });
    case 'commit':
      return closeReservation(tx, orderId, { state: 'committed', onHand: -1, reserved: -1 });
    case 'return':
      return closeReservation(tx, orderId, { state: 'restocked', onHand: 1, reserved: 0 });
    case 'repeat-outcome':
      return [outcomeEvent(orderId, state, (existing?.missing ?? []).map(upcastMissing) as Missing)];
    // The row inserted above already records that the order has ended.
    case 'close':
    case 'nothing':
      return [];
  }
}

type Missing = Events['stock.rejected']['missing'];

function outcomeEvent(orderId: string, state: OrderStockState | undefined, missing: Missing): StockEvent {
  if (state === 'reserved' || state === 'committed') return { type: 'stock.reserved', data: { orderId } };
  const data = { orderId, missing };
  // Rows of older versions may name products by ids that no consumer takes.
  const isAccepted = isValid(eventSchemas['stock.rejected'], data);
  return { type: 'stock.rejected', data: isAccepted ? data : { orderId, missing: [] } };
}

async function reserve(
  tx: Queries,
  orderId: string,
  requested: readonly RequestedLine[],
): Promise<readonly StockEvent[]> {
  const rows = await tx.query<{ product_id: string; free: number }>(
    `select product_id, on_hand - reserved as free from stock
     where product_id = any($1) order by product_id for update`,
    [requested.map(({ productId }) => productId)],
  );
  const free = new Map(rows.map((row) => [row.product_id, row.free]));
  const missing: Missing = requested
    .map(({ productId, quantity }) => ({ productId, requested: quantity, available: free.get(productId) ?? 0 }))
    .filter((line) => line.available < line.requested);
  if (missing.length > 0 || requested.length === 0) {
    await tx.execute(
      `update order_stock set state = 'rejected', missing = $2, changed_at = now() where order_id = $1`,
      [orderId, JSON.stringify(missing)],
    );
    return [outcomeEvent(orderId, 'rejected', missing)];
  }
  await tx.execute(
    `with changed as (update order_stock set state = 'reserved', changed_at = now() where order_id = $1)
     insert into reservations (order_id, product_id, quantity, state)
     select $1, product_id, quantity, 'reserved' from unnest($2::text[], $3::int[]) as w(product_id, quantity)`,
    [orderId, requested.map(({ productId }) => productId), requested.map(({ quantity }) => quantity)],
  );
  return [outcomeEvent(orderId, 'reserved', []), ...(await adjustStock(tx, orderId, { onHand: 0, reserved: 1 }))];
}

interface ReservationClosing {
  readonly state: 'committed' | 'released' | 'restocked';
  /** How each reserved piece changes the two counts. */
  readonly onHand: -1 | 0 | 1;
  readonly reserved: -1 | 0;
}

async function closeReservation(
  tx: Queries,
  orderId: string,
  closing: ReservationClosing,
): Promise<readonly StockEvent[]> {
  // Locked in id order first: an update alone locks rows in the order of its plan.
  await tx.query(
    `select 1 from stock where product_id in (select product_id from reservations where order_id = $1)
     order by product_id for update`,
    [orderId],
  );
  const changed = await adjustStock(tx, orderId, closing);
  await tx.execute(
    `with closed as (update reservations set state = $2 where order_id = $1)
     update order_stock set state = $2, changed_at = now() where order_id = $1`,
    [orderId, closing.state],
  );
  // Committed stock was not available before: the number that pages show stays.
  return closing.state === 'committed' ? [] : changed;
}

async function adjustStock(
  tx: Queries,
  orderId: string,
  sign: { readonly onHand: -1 | 0 | 1; readonly reserved: -1 | 0 | 1 },
): Promise<readonly StockEvent[]> {
  const rows = await tx.query<{ product_id: string; available: number }>(
    `update stock s set on_hand = on_hand + $2 * r.quantity, reserved = reserved + $3 * r.quantity
     from reservations r where r.order_id = $1 and r.product_id = s.product_id
     returning s.product_id, s.on_hand - s.reserved as available`,
    [orderId, sign.onHand, sign.reserved],
  );
  return rows
    .toSorted((a, b) => (a.product_id < b.product_id ? -1 : 1))
    .map((row) => ({ type: 'stock.changed', data: { productId: row.product_id, available: row.available } }));
}
