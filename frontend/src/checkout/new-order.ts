import type { OrderSummary } from '@tidewater/contracts/storefront.ts';

/** The newest order that is not in `before`; the list is sorted newest first. */
export const newOrderId = (
  orders: readonly OrderSummary[] | undefined,
  before: ReadonlySet<string>,
): string | undefined => orders?.find((each) => !before.has(each.orderId))?.orderId;
