import type { CardSummary, OrderCommand, OrderRecord, OrderRequest } from '@tidewater/contracts/events.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';

/** What happened at one version of an order: a domain event, stored with the order. */
export interface OrderChange extends Pick<
  OrderRecord,
  'version' | 'at' | 'triggeredBy' | 'input' | 'reason' | 'missing'
> {
  readonly status: OrderStatus;
  readonly commands: readonly OrderCommand[];
}

/** What an order consists of from its first version on. */
export interface OrderContent extends Omit<OrderRequest, 'checkoutId' | 'payment'> {
  /** Absent in orders of earlier versions, and in the projection. */
  readonly checkoutId?: string;
  /** Brand and last four digits are present once the provider has reported them; the token is absent in the projection. */
  readonly payment: { readonly token?: string } & Partial<CardSummary>;
}

/** An order and all that happened to it. Status and version are those of the last change. */
export interface Order extends OrderContent {
  readonly changes: readonly OrderChange[];
}
