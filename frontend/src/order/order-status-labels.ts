import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { terminalStatuses, happyPath } from '@tidewater/contracts/order-status.ts';

export type StatusTone = 'in-progress' | 'positive' | 'negative' | 'neutral';

const labels: Readonly<Record<OrderStatus, readonly [title: string, mood: StatusTone, ahead: string]>> = {
  submitted: ['Submitted', 'in-progress', 'You send the order'],
  'awaiting stock': ['Awaiting stock', 'in-progress', 'We look on the shelf'],
  reserved: ['Reserved', 'in-progress', 'Your things are set aside'],
  'awaiting payment': ['Awaiting payment', 'in-progress', 'Your card is charged'],
  paid: ['Paid', 'in-progress', 'The payment is in'],
  packed: ['Packed', 'in-progress', 'The parcel is packed'],
  shipped: ['Shipped', 'in-progress', 'The parcel leaves'],
  delivered: ['Delivered', 'positive', 'It is with you'],
  rejected: ['Rejected', 'negative', ''],
  'payment failed': ['Payment failed', 'negative', ''],
  cancelled: ['Cancelled', 'neutral', ''],
  refunded: ['Refunded', 'neutral', ''],
};

export const titleOf = (status: OrderStatus): string => labels[status][0];
export const toneOf = (status: OrderStatus): StatusTone => labels[status][1];

export interface UpcomingStep {
  readonly status: OrderStatus;
  readonly label: string;
}

/** The remaining steps of the happy path; empty for terminal statuses and statuses outside of it. */
export const upcomingSteps = (status: OrderStatus): readonly UpcomingStep[] => {
  const at = happyPath.findIndex((each) => each === status);
  if (at < 0 || terminalStatuses.some((each) => each === status)) return [];
  return happyPath.slice(at + 1).map((each) => ({ status: each, label: labels[each][2] }));
};

/** What a cancellation in this status means for the payment; a pending charge may still succeed. */
export const cancellationEffect = (status: OrderStatus, total: string): string => {
  if (status === 'paid' || status === 'packed') return `You get ${total} back.`;
  return status === 'awaiting payment'
    ? 'If the charge has gone through by now, all of it comes back.'
    : 'Nothing will be charged.';
};

/** Who performed a step, as shown on the order page. */
export const performerOf = (by: string): string => (by === 'shopper' ? 'you' : `${by} service`);
