import { Type } from 'typebox';
import { cardSummary, currency, money, object } from '@tidewater/contracts/schemas.ts';
import { cardToken, id, idempotencyKey } from '@tidewater/contracts/text-schemas.ts';

/** What the provider reads of a request. Messages of these schemas never repeat a value. */

export const tokenHeaders = Type.Object({
  'x-customer': id,
  'idempotency-key': Type.Optional(idempotencyKey),
});

/** Shapes and lengths only: `checkCard` has the messages for cardholders. */
export const cardDetails = object({
  number: Type.String({ maxLength: 60 }),
  expiry: Type.String({ maxLength: 20 }),
  cvc: Type.String({ maxLength: 20 }),
});

export const keyHeaders = Type.Object({ 'idempotency-key': idempotencyKey });

export const authorizationRequest = object({
  token: cardToken,
  amount: object({ amount: Type.Integer({ minimum: 1, maximum: 100_000_000 }), currency }),
  reference: id,
  customer: id,
});

export const authorization = object(
  {
    id,
    /** The order number. */
    reference: id,
    status: Type.String({ enum: ['authorized', 'declined', 'captured', 'voided', 'refunded'] }),
    amount: money,
    captured: money,
    refunded: money,
    reason: Type.Optional(Type.String()),
    card: Type.Optional(cardSummary),
  },
  { title: 'Authorization', description: 'The authorization' },
);

export const ledgerPage = Type.Array(authorization, { description: 'The authorizations, oldest first' });

export const authorizationParams = object({ id });

export const ledgerQuery = object({
  reference: Type.Optional(id),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  after: Type.Optional(id),
});
