import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import type { PaymentState } from '../domain/payment-state-machine.ts';
import type { ProviderClient } from '../clients/provider-client.ts';

export interface Invariants {
  readonly ok: boolean;
  /** A sentence for each violation. */
  readonly problems: readonly string[];
}

export type PaymentRecord = {
  readonly order_id: string;
  readonly state: PaymentState;
  readonly goal: 'charge' | 'unwind';
  readonly amount: number;
};

export const readPaymentRecords = (database: Queries): Promise<readonly PaymentRecord[]> =>
  database.query<PaymentRecord>('select order_id, state, goal, amount from payments order by order_id');

/**
 * Compares payments with the provider's ledger. Payments are read before and after: those that change in between are skipped
 * until the next check.
 */
export async function checkInvariants(
  database: Queries,
  provider: Pick<ProviderClient, 'readLedger'>,
): Promise<Invariants> {
  const before = new Map((await readPaymentRecords(database)).map((line) => [line.order_id, line]));
  const authorizations = await provider.readLedger();
  const after = await readPaymentRecords(database);
  const isSettled = (line: PaymentRecord): boolean => {
    const earlier = before.get(line.order_id);
    return earlier?.state === line.state && earlier.goal === line.goal && earlier.amount === line.amount;
  };
  const changing = new Set(after.filter((line) => !isSettled(line)).map((line) => line.order_id));
  return paymentInvariants(
    after.filter(isSettled),
    authorizations.filter(({ reference }) => !changing.has(reference)),
  );
}

/**
 * Compares payments with the provider's ledger, to the cent. Unfinished payments are skipped: the provider is called first
 * and its response stored after.
 */
export function paymentInvariants(
  records: readonly PaymentRecord[],
  authorizations: readonly Authorization[],
): Invariants {
  const problems: string[] = [];
  const entries = Map.groupBy(authorizations, ({ reference }) => reference);
  for (const { order_id: orderId, state, goal, amount } of records) {
    const orderAuthorizations = entries.get(orderId) ?? [];
    entries.delete(orderId);
    const captures = orderAuthorizations.filter(({ captured }) => captured.amount > 0);
    if (captures.length > 1) problems.push(`order ${orderId} was charged ${captures.length} times`);
    if (state === 'requested' || state === 'authorized' || (state === 'captured' && goal === 'unwind')) continue;
    const captured = total(orderAuthorizations, 'captured');
    const refunded = total(orderAuthorizations, 'refunded');
    const expected = {
      captured: state === 'captured' || state === 'refunded' ? amount : 0,
      refunded: state === 'refunded' ? amount : 0,
    };
    if (captured !== expected.captured)
      problems.push(`order ${orderId} is ${state}, but ${captured} cents were captured`);
    if (refunded !== expected.refunded)
      problems.push(`order ${orderId} is ${state}, but ${refunded} cents were refunded`);
    const openCount = orderAuthorizations.filter(({ status }) => status === 'authorized').length;
    if (openCount > 0) problems.push(`order ${orderId} is ${state}, but an authorization is still open`);
  }
  for (const [orderId, orderAuthorizations] of entries) {
    if (total(orderAuthorizations, 'captured') > 0) problems.push(`order ${orderId} was charged without a request`);
  }
  return { ok: problems.length === 0, problems };
}

const total = (entries: readonly Authorization[], field: 'captured' | 'refunded'): number =>
  entries.reduce((sum, entry) => sum + entry[field].amount, 0);
