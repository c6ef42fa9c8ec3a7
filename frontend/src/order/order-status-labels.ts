import { happyPath, isTerminal } from '@tidewater/contracts/order-status.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { statusTexts } from '@tidewater/contracts/order-texts.ts';
import type { StatusTone } from '@tidewater/contracts/order-texts.ts';
import { order as orderMessages } from '../messages/en/order.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(orderMessages);

export const titleOf = (status: OrderStatus): string => statusTexts[status].title;
export const toneOf = (status: OrderStatus): StatusTone => statusTexts[status].tone;

export interface UpcomingStep {
  readonly status: OrderStatus;
  readonly label: string;
}

/** The remaining steps of the happy path; empty for terminal statuses and statuses outside of it. */
export const upcomingSteps = (status: OrderStatus): readonly UpcomingStep[] => {
  const at = happyPath.indexOf(status);
  if (at < 0 || isTerminal(status)) return [];
  return happyPath.slice(at + 1).map((each) => ({ status: each, label: statusTexts[each].upcoming ?? '' }));
};

/** What a cancellation in this status means for the payment; a pending charge may still succeed. */
export const cancellationEffect = (status: OrderStatus, total: string): string => {
  if (status === 'paid' || status === 'packed') return text('order-status-labels.you-get-total-back', { total });
  return status === 'awaiting-payment'
    ? text('order-status-labels.if-the-charge-has')
    : text('order-status-labels.nothing-will-be-charged');
};

/** Who performed a step, as shown on the order page. */
export const performerOf = (by: string): string =>
  by === 'shopper' ? text('order-status-labels.you') : text('order-status-labels.by-service', { by });
