import { Type } from 'typebox';
import type { Money } from '@tidewater/contracts/money.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import { cardSummary, money, object } from '@tidewater/contracts/schemas.ts';
import { id, text } from '@tidewater/contracts/text-schemas.ts';
import { isValid, parse } from '@tidewater/kit/schema.ts';
import { DropEventError } from '@outrigger/sdk';

/** The provider is another company: what it sends is checked like any other input. */
const authorization = object({
  id,
  reference: id,
  status: Type.Unsafe<Authorization['status']>(
    Type.String({ enum: ['authorized', 'declined', 'captured', 'voided', 'refunded'] }),
  ),
  amount: money,
  captured: money,
  refunded: money,
  // For people: what cannot be shown is left out below, and is no reason to lose the rest.
  reason: Type.Optional(Type.Unknown()),
  card: Type.Optional(Type.Unknown()),
});

/** Throws when the body is no authorization. */
export function authorizationIn(body: unknown): Authorization {
  const { reason, card, ...rest } = parse(authorization, body, 'The authorization');
  return {
    ...rest,
    ...(typeof reason === 'string' && { reason: sentenceIn(reason, 'The card was declined.') }),
    ...(isValid(cardSummary, card) && { card: parse(cardSummary, card) }),
  };
}

/** What identifies a payment to both sides. */
export interface RequestedPayment {
  readonly orderId: string;
  readonly amount: Money;
}

/**
 * Throws a permanent error unless the authorization is for the requested order, amount and currency, and all of the amount
 * or nothing was moved.
 */
export function expectRequested(entry: Authorization, { orderId, amount }: RequestedPayment): Authorization {
  const { reference, status, captured, refunded } = entry;
  const taken = status === 'captured' || status === 'refunded' ? amount.amount : 0;
  const returned = status === 'refunded' ? amount.amount : 0;
  const isRequested =
    reference === orderId &&
    entry.amount.amount === amount.amount &&
    [entry.amount, captured, refunded].every(({ currency }) => currency === amount.currency) &&
    captured.amount === taken &&
    refunded.amount === returned;
  if (isRequested) return entry;
  throw new DropEventError(
    `the provider's entry ${entry.id} does not match order ${orderId} over ${amount.amount} ${amount.currency}: it is ` +
      `${status}, for ${reference}, over ${entry.amount.amount} (${captured.amount} captured, ${refunded.amount} refunded)`,
  );
}

/** `value` when it can be shown to a shopper. */
export const sentenceIn = (value: unknown, fallback: string): string =>
  isValid(sentence, value) ? parse(sentence, value) : fallback;

const sentence = text(300);

export interface ProviderProblem {
  readonly type: string;
  /** A sentence for the shopper. */
  readonly detail: string;
  /** The simulated provider fails on purpose, as its test card requests. */
  readonly isSimulated: boolean;
}

export function problemIn(body: unknown): ProviderProblem {
  const { type, detail, isSimulated } = (typeof body === 'object' && body !== null ? body : {}) as {
    readonly isSimulated?: unknown;
    readonly type?: unknown;
    readonly detail?: unknown;
  };
  return {
    type: typeof type === 'string' ? type : '',
    detail: sentenceIn(detail, 'The card could not be used.'),
    isSimulated: isSimulated === true,
  };
}
