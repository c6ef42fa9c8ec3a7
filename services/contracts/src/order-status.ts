/** The life of an order, in the order in which it is lived. */
export const happyPath = [
  'submitted',
  'awaiting stock',
  'reserved',
  'awaiting payment',
  'paid',
  'packed',
  'shipped',
  'delivered',
] as const;

/** Where an order can end. Each order reaches exactly one of them. */
export const terminalStatuses = ['delivered', 'rejected', 'payment failed', 'cancelled', 'refunded'] as const;

export type OrderStatus = (typeof happyPath)[number] | (typeof terminalStatuses)[number];

export const orderStatuses: readonly OrderStatus[] = [...new Set([...happyPath, ...terminalStatuses])];

/** `cancelled` is an end only when nothing was charged; otherwise `refunded` follows. */
export const isTerminal = (status: OrderStatus): boolean => (terminalStatuses as readonly string[]).includes(status);
