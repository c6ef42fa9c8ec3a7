import type { OrderCommand } from '@tidewater/contracts/events.ts';

/** What an order asks of stock. */
export type StockCommand = Extract<OrderCommand, 'reserve-stock' | 'release-stock' | 'commit-stock' | 'restock'>;

/** How an order stands with the stock; absent means that it has never asked. */
export type OrderStockState = 'reserved' | 'refused' | 'committed' | 'released' | 'restocked';

/**
 * What to do for an ask. `hold` tries to reserve; `give-back` frees what is held; `hand-out` takes it from the shelf;
 * `return` puts handed-out goods back; `remember` only writes down that the order has ended; `answer` tells once more
 * what was decided before.
 */
export type StockAction = 'hold' | 'give-back' | 'hand-out' | 'return' | 'remember' | 'answer' | 'nothing';

/**
 * Asks may come twice, late and in another order than they were sent. Two rules make every order of them end the same:
 * giving back always wins, and an order that has given back never holds again.
 */
export function stockAction(command: StockCommand, state: OrderStockState | undefined): StockAction {
  switch (command) {
    case 'reserve-stock':
      return state === undefined ? 'hold' : 'answer';
    case 'commit-stock':
      if (state === undefined) return 'remember';
      return state === 'reserved' ? 'hand-out' : 'nothing';
    case 'release-stock':
    case 'restock':
      if (state === undefined) return 'remember';
      if (state === 'reserved') return 'give-back';
      return state === 'committed' ? 'return' : 'nothing';
  }
}

const stockCommands: readonly string[] = [
  'reserve-stock',
  'release-stock',
  'commit-stock',
  'restock',
] satisfies StockCommand[];

export const isStockCommand = (command: OrderCommand): command is StockCommand => stockCommands.includes(command);

export interface RequestedLine {
  readonly productId: string;
  readonly quantity: number;
}

/** One row a product, in id order: the order in which rows are locked, so that no two orders wait for each other. */
export function requestedLines(lines: readonly RequestedLine[]): readonly RequestedLine[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities]
    .map(([productId, quantity]) => ({ productId, quantity }))
    .toSorted((a, b) => (a.productId < b.productId ? -1 : 1));
}
