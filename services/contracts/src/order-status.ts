/** The life of an order, in the order in which it is lived. */
export const path = [
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
export const ends = ['delivered', 'rejected', 'payment failed', 'cancelled', 'refunded'] as const;

export type OrderStatus = (typeof path)[number] | (typeof ends)[number];

export const orderStatuses: readonly OrderStatus[] = [...new Set([...path, ...ends])];

/** `cancelled` is an end only when nothing was charged; otherwise `refunded` follows. */
export const isEnd = (status: OrderStatus): boolean => (ends as readonly string[]).includes(status);
