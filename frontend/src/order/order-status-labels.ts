import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { terminalStatuses, happyPath } from '@tidewater/contracts/order-status.ts';

export type StatusTone = 'underway' | 'good' | 'bad' | 'over';

const labels: Readonly<Record<OrderStatus, readonly [title: string, mood: StatusTone, ahead: string]>> = {
  submitted: ['Submitted', 'underway', 'You send the order'],
  'awaiting stock': ['Awaiting stock', 'underway', 'We look on the shelf'],
  reserved: ['Reserved', 'underway', 'Your things are set aside'],
  'awaiting payment': ['Awaiting payment', 'underway', 'Your card is charged'],
  paid: ['Paid', 'underway', 'The payment is in'],
  packed: ['Packed', 'underway', 'The parcel is packed'],
  shipped: ['Shipped', 'underway', 'The parcel leaves'],
  delivered: ['Delivered', 'good', 'It is with you'],
  rejected: ['Rejected', 'bad', ''],
  'payment failed': ['Payment failed', 'bad', ''],
  cancelled: ['Cancelled', 'over', ''],
  refunded: ['Refunded', 'over', ''],
};

export const titleOf = (status: OrderStatus): string => labels[status][0];
export const toneOf = (status: OrderStatus): StatusTone => labels[status][1];

export interface UpcomingStep {
  readonly status: OrderStatus;
  readonly label: string;
}

/** The way an order still has before it, when nothing goes wrong; empty at an end and on the way out. */
export const upcomingSteps = (status: OrderStatus): readonly UpcomingStep[] => {
  const at = happyPath.findIndex((each) => each === status);
  if (at < 0 || terminalStatuses.some((each) => each === status)) return [];
  return happyPath.slice(at + 1).map((each) => ({ status: each, label: labels[each][2] }));
};

/** What cancelling now does to the shopper's money; a charge that is under way may still arrive. */
export const cancellationEffect = (status: OrderStatus, total: string): string => {
  if (status === 'paid' || status === 'packed') return `You get ${total} back.`;
  return status === 'awaiting payment'
    ? 'If the charge has gone through by now, all of it comes back.'
    : 'Nothing will be charged.';
};

/** Who did it, for someone who knows nothing of services. */
export const performerOf = (by: string): string => (by === 'shopper' ? 'you' : `${by} service`);
