import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { ends, path } from '@tidewater/contracts/order-status.ts';

export type Mood = 'underway' | 'good' | 'bad' | 'over';

const words: Readonly<Record<OrderStatus, readonly [title: string, mood: Mood, ahead: string]>> = {
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

export const titleOf = (status: OrderStatus): string => words[status][0];
export const moodOf = (status: OrderStatus): Mood => words[status][1];

export interface Ahead {
  readonly status: OrderStatus;
  readonly words: string;
}

/** The way an order still has before it, when nothing goes wrong; empty at an end and on the way out. */
export const stepsAhead = (status: OrderStatus): readonly Ahead[] => {
  const at = path.findIndex((each) => each === status);
  if (at < 0 || ends.some((each) => each === status)) return [];
  return path.slice(at + 1).map((each) => ({ status: each, words: words[each][2] }));
};

/** What cancelling now does to the shopper's money; a charge that is under way may still arrive. */
export const cancelPromise = (status: OrderStatus, total: string): string => {
  if (status === 'paid' || status === 'packed') return `You get ${total} back.`;
  return status === 'awaiting payment'
    ? 'If the charge has gone through by now, all of it comes back.'
    : 'Nothing will be charged.';
};

/** Who did it, for someone who knows nothing of services. */
export const actorOf = (by: string): string => (by === 'shopper' ? 'you' : `${by} service`);
