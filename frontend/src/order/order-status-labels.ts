import { happyPath, isTerminal } from '@tidewater/contracts/order-status.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { statusTexts } from '@tidewater/contracts/order-texts.ts';
import type { StatusTone } from '@tidewater/contracts/order-texts.ts';

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
  if (status === 'paid' || status === 'packed') return `You get ${total} back.`;
  return status === 'awaiting-payment'
    ? 'If the charge has gone through by now, all of it comes back.'
    : 'Nothing will be charged.';
};

/** Who performed a step, as shown on the order page. */
export const performerOf = (by: string): string => (by === 'shopper' ? 'you' : `${by} service`);
