/** The statuses of an order that meets no obstacle, in order. */
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

/** Terminal statuses. Each order reaches exactly one of them. */
export const terminalStatuses = ['delivered', 'rejected', 'payment failed', 'cancelled', 'refunded'] as const;

export type OrderStatus = (typeof happyPath)[number] | (typeof terminalStatuses)[number];

export const orderStatuses: readonly OrderStatus[] = [...new Set([...happyPath, ...terminalStatuses])];

/** `cancelled` is final only when nothing was charged; otherwise `refunded` follows. */
export const isTerminal = (status: OrderStatus): boolean => (terminalStatuses as readonly string[]).includes(status);
