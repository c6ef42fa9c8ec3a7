import type { CardSummary, Events } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';

/** Beside `requested`, these are the provider's statuses: its ledger is the source of truth. */
export type PaymentState = 'requested' | Authorization['status'];

/** What the order requests: the charge, or that nothing stays charged. Once unwound, an order is never charged. */
export type PaymentGoal = 'charge' | 'unwind';

export interface Payment {
  readonly orderId: string;
  readonly state: PaymentState;
  readonly goal: PaymentGoal;
  readonly amount: Money;
  /** What its owner may see of the card; absent until the provider has reported it. */
  readonly card?: CardSummary;
  readonly authorizationId?: string;
  readonly reason?: string;
}

export type ProviderStep = 'authorize' | 'capture' | 'void' | 'refund';

/** The provider call that brings a payment nearer to its goal; undefined when it has reached it. */
export function nextStep({ state, goal }: Pick<Payment, 'state' | 'goal'>): ProviderStep | undefined {
  switch (state) {
    case 'requested':
      // Also when unwinding: an earlier call may still be in flight, and only the same call with the same key shows its result.
      return 'authorize';
    case 'authorized':
      return goal === 'charge' ? 'capture' : 'void';
    case 'captured':
      return goal === 'charge' ? undefined : 'refund';
    case 'declined':
    case 'voided':
    case 'refunded':
      return undefined;
  }
}

/** The same for every repetition, so that the provider does each step of an order once. */
export const idempotencyKey = (orderId: string, step: ProviderStep): string => `${orderId}:${step}`;

/** An event that payment publishes on topic `payments`. */
export type PaymentEvent = {
  [T in PaymentEventType]: { readonly type: T; readonly data: Events[T] };
}[PaymentEventType];

type PaymentEventType = 'payment.captured' | 'payment.declined' | 'payment.refunded' | 'payment.voided';

/** The event of a payment that has reached its goal; undefined while it has not. */
export function outcomeEvent(payment: Payment): PaymentEvent | undefined {
  if (nextStep(payment) !== undefined) return undefined;
  const { orderId, state, goal, amount, card, reason = 'The card was declined.' } = payment;
  const optionalCard = card === undefined ? {} : { card };
  switch (state) {
    case 'captured':
      return { type: 'payment.captured', data: { orderId, amount, ...optionalCard } };
    case 'refunded':
      return { type: 'payment.refunded', data: { orderId, amount } };
    case 'declined':
      return goal === 'charge'
        ? { type: 'payment.declined', data: { orderId, reason, ...optionalCard } }
        : { type: 'payment.voided', data: { orderId } };
    case 'voided':
      return { type: 'payment.voided', data: { orderId } };
    case 'requested':
    case 'authorized':
      return undefined;
  }
}
