import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { paidStatuses } from '../domain/order.ts';
import type { Balance } from './clients.ts';

/** An order as it is compared with the other services. */
export interface AuditedOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly isSettled: boolean;
  readonly total: number;
}

/** The expected captured amount less refunds; undefined while the order is in progress. */
export function expectedBalance({ status, isSettled, total }: AuditedOrder): number | undefined {
  if (paidStatuses.has(status)) return total;
  return isSettled ? 0 : undefined;
}

/** A sentence when payment differs from the order. */
export function balanceProblem(order: AuditedOrder, balance: Balance | undefined): string | undefined {
  const expected = expectedBalance(order);
  if (expected === undefined) return undefined;
  const { captured = 0, refunded = 0, currency = 'EUR' } = balance ?? {};
  if (captured - refunded === expected && (captured === 0 || currency === 'EUR')) return undefined;
  const { orderId, status } = order;
  return `order ${orderId} is ${status}: ${expected} EUR cents expected, ${captured} captured and ${refunded} refunded in ${currency}`;
}

/** A sentence when catalog has not received the command that closes the order's reservation. */
export function stockProblem(order: AuditedOrder, state: string | undefined): string | undefined {
  const { orderId, status, isSettled } = order;
  if (paidStatuses.has(status))
    return state === 'committed' ? undefined : `order ${orderId} is ${status}: its stock is ${state ?? 'not reserved'}`;
  if (!isSettled || (state !== 'reserved' && state !== 'committed')) return undefined;
  return `order ${orderId} is ${status}: its stock is ${state}`;
}
