import type { CardSummary } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import { cardSummary } from '@tidewater/contracts/schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import type { Payment, PaymentGoal, PaymentState } from '../domain/payment-state-machine.ts';

/** A payment with the provider's token; the token is used between the database and the provider only. */
export interface StoredPayment extends Payment {
  readonly token: string;
  /** To whom the token belongs. */
  readonly customer: string;
}

export type PaymentRow = {
  readonly order_id: string;
  readonly state: PaymentState;
  readonly goal: PaymentGoal;
  readonly amount: number;
  readonly currency: Money['currency'];
  readonly token: string;
  readonly customer: string | null;
  /** Such as `Visa 4242`. */
  readonly card: string | null;
  readonly authorization_id: string | null;
  readonly reason: string | null;
};

export const paymentColumns =
  'order_id, state, goal, amount, currency, token, customer, card, authorization_id, reason';

/** Reads a payment; undefined when the order has never sent a command. */
export async function readPayment(database: Queries, orderId: string): Promise<StoredPayment | undefined> {
  const [row] = await database.query<PaymentRow>(`select ${paymentColumns} from payments where order_id = $1`, [
    orderId,
  ]);
  return row && paymentOf(row);
}

export function paymentOf(row: PaymentRow): StoredPayment {
  return {
    orderId: row.order_id,
    state: row.state,
    goal: row.goal,
    amount: { amount: row.amount, currency: row.currency },
    token: row.token,
    customer: row.customer ?? '',
    card: cardIn(row.card),
    authorizationId: row.authorization_id ?? undefined,
    reason: row.reason ?? undefined,
  };
}

/** Undefined for what is not a brand and four digits. */
function cardIn(stored: string | null): CardSummary | undefined {
  const [, brand = '', last4 = ''] = /^(.+) (\d{4})$/.exec(stored ?? '') ?? [];
  const card = { brand, last4 };
  return isValid(cardSummary, card) ? card : undefined;
}
