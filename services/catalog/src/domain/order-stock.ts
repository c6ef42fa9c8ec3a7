import type { StockCommand } from '@tidewater/contracts/events.ts';

/** The state of an order's reservation; absent when it has never sent a command. */
export type OrderStockState = 'reserved' | 'rejected' | 'committed' | 'released' | 'restocked';

/**
 * What to do for a command. `reserve` tries to reserve; `release` frees the reservation; `commit` removes it from stock;
 * `return` puts committed goods back; `close` only records that the order has ended; `repeat-outcome` publishes the
 * earlier outcome again.
 */
export type StockAction = 'reserve' | 'release' | 'commit' | 'return' | 'close' | 'repeat-outcome' | 'nothing';

/**
 * Commands may arrive twice, late and out of order. Two rules make every order of arrival end the same: a release always
 * wins, and an order that has released never reserves again.
 */
export function stockAction(command: StockCommand, state: OrderStockState | undefined): StockAction {
  switch (command) {
    case 'reserve-stock':
      return state === undefined ? 'reserve' : 'repeat-outcome';
    case 'commit-stock':
      if (state === undefined) return 'close';
      return state === 'reserved' ? 'commit' : 'nothing';
    case 'release-stock':
    case 'restock':
      if (state === undefined) return 'close';
      if (state === 'reserved') return 'release';
      return state === 'committed' ? 'return' : 'nothing';
  }
}

export interface RequestedLine {
  readonly productId: string;
  readonly quantity: number;
}

/** One line a product, in id order: the order in which rows are locked, so that no two orders deadlock. */
export function requestedLines(lines: readonly RequestedLine[]): readonly RequestedLine[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities]
    .map(([productId, quantity]) => ({ productId, quantity }))
    .toSorted((a, b) => (a.productId < b.productId ? -1 : 1));
}
