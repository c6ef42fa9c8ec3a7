import { Type } from 'typebox';
import { eventSchemas, object } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';

const { 'payment.captured': captured, 'payment.declined': declined, 'payment.refunded': refunded } = eventSchemas;

/** The arguments of the order actor's methods. */
export const capturedArgument = object({ amount: captured.properties.amount, card: captured.properties.card });
export const declinedArgument = object({ reason: declined.properties.reason, card: declined.properties.card });
export const refundedArgument = object({ amount: refunded.properties.amount });
export const rejectedArgument = object({ missing: eventSchemas['stock.rejected'].properties.missing });
export const shopperArgument = object({ shopperId: id });
export const submissionArgument = object({ shopperId: id, checkoutId: id });
export const failureArgument = object({ reason: Type.String({ maxLength: 1_000 }), service: id });
