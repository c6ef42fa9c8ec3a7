import { cartQuantity, checkoutRequest, object } from '@tidewater/contracts/schemas.ts';
import { id, idempotencyKey } from '@tidewater/contracts/text-schemas.ts';

/** The arguments of the cart actor's methods. */
export const lineArgument = object({ productId: id, quantity: cartQuantity });
export const checkoutArgument = object({ key: idempotencyKey, request: checkoutRequest });
export const referenceArgument = object({ reference: idempotencyKey });
