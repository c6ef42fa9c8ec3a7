import type { ValueOf } from './schemas.ts';
import type { orderDetails, orderStepDetails } from './view-schemas.ts';

/** An order as the order service shows it to the storefront: data without texts. */
export type OrderDetails = ValueOf<typeof orderDetails>;

/** One change of an order. */
export type OrderStepDetails = ValueOf<typeof orderStepDetails>;
