import type { OrderRecord } from './events.ts';
import type { OrderStatus } from './order-status.ts';
import type { OrderView } from './storefront.ts';

/** An order as the order service shows it to the storefront: data without texts. */
export interface OrderDetails extends Omit<OrderView, 'steps' | 'next'> {
  /** Nothing more is expected to happen to it. */
  readonly isSettled: boolean;
  readonly steps: readonly OrderStepDetails[];
}

/** One change of an order. */
export interface OrderStepDetails extends Pick<
  OrderRecord,
  'version' | 'at' | 'triggeredBy' | 'input' | 'reason' | 'missing'
> {
  readonly status: OrderStatus;
}
