import type { CardSummary } from './events.ts';
import type { Money } from './money.ts';

/**
 * The simulated payment provider's HTTP API, with `Authorization: Bearer <key>`: the publishable key for tokens, the secret
 * key for all else. Every POST takes an `idempotency-key` header: the same key gives the same response and the same effect
 * once; with another request it is 422.
 *
 * | request | response |
 * | --- | --- |
 * | POST /tokens CardDetails, header `x-customer` | CardToken `{token, brand, last4}`, for this customer only; 422 for a number that is no card |
 * | POST /authorizations `{token, amount, reference, customer}` | Authorization; `declined` is a 200 with a reason; 422 for a token that is unknown or another customer's |
 * | POST /authorizations/{id}/capture | Authorization |
 * | POST /authorizations/{id}/void | Authorization |
 * | POST /authorizations/{id}/refund | Authorization |
 * | GET  /authorizations?reference= | Authorization[]: what the provider's accounts hold, for the invariants |
 */
export interface Authorization {
  readonly id: string;
  /** The order id. */
  readonly reference: string;
  readonly status: 'authorized' | 'declined' | 'captured' | 'voided' | 'refunded';
  readonly amount: Money;
  readonly captured: Money;
  readonly refunded: Money;
  readonly reason?: string;
  /** What its owner may see of the card. */
  readonly card?: CardSummary;
}

/** Card numbers with a behaviour. Any other number that passes the Luhn check is approved. */
export const testCards = {
  approved: '4242424242424242',
  declined: '4000000000000002',
  insufficientFunds: '4000000000009995',
  /** Is authorized after some seconds. */
  slow: '4000000000003063',
  /** The first three charges with this card's token are 503, then it works. */
  downThenUp: '4000000000000341',
} as const;
