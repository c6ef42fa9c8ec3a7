import type { Money } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { MissingStock, OrderContent } from './order.ts';

// The sentences an order tells about itself: what happened, plainly, and what it means for the shopper's money.

export const submitted = (): string => 'We have your order. For a moment you can still change your mind.';

export const awaitingStock = (): string => 'We asked the stockroom to put everything aside for you.';

export const reserved = (): string => 'Everything you chose is set aside under your name.';

export const awaitingPayment = (order: OrderContent): string => `We asked ${card(order)} for ${euros(order.total)}.`;

export const paid = (order: OrderContent): string => `${capital(card(order))} paid ${euros(order.total)}. Thank you.`;

export const packed = (): string => 'Packed, weighed and labelled.';

export const shipped = (order: OrderContent): string => `With the carrier, on its way to ${order.address.city}.`;

export const delivered = (order: OrderContent): string => `Delivered to ${order.address.street}. Fair winds.`;

export function rejected(order: OrderContent, missing: readonly MissingStock[]): string {
  const [first] = missing;
  const name = order.lines.find(({ productId }) => productId === first?.productId)?.name;
  if (first === undefined || name === undefined) {
    return 'Something you chose sold out while you were checking out. We charged nothing.';
  }
  const others = missing.length > 1 ? ` The same goes for ${count(missing.length - 1, 'other thing')}.` : '';
  const clause =
    first.available === 0
      ? `The last ${name} went to someone else while you were checking out.`
      : `Of ${name} only ${first.available} ${first.available === 1 ? 'is' : 'are'} left, and you asked for ${first.wanted}.`;
  return `${clause}${others} We charged nothing.`;
}

/** `reason` is a sentence of the payment service's, or a few words. */
export const paymentFailed = (reason: string): string =>
  `${sentence(reason)} We charged nothing and put everything back on the shelf.`;

export const cancelledUncharged = (): string => 'Cancelled, as you asked. Nothing was charged.';

export const cancelledWhileCharging = (): string =>
  'Cancelled, as you asked. If the charge went through in the same moment, all of it comes back to you.';

export const cancelledPaid = (order: OrderContent): string =>
  `Cancelled, as you asked. ${euros(order.total)} is on its way back to ${card(order)}.`;

export const voided = (): string => 'Nothing had been charged, and nothing will be.';

/** Ended by a fault of ours, not by the shopper or the bank. */
export const notProcessed = (): string => 'We could not process this order. Nothing was charged.';

export const notCharged = (): string =>
  'We could not complete the payment, so this order ends here. If anything was charged, all of it comes back to you.';

export const notCompleted = (order: OrderContent): string =>
  `We could not complete this order, so we cancelled it. ${euros(order.total)} is on its way back to ${card(order)}.`;

export const refunded = (order: OrderContent): string => `${euros(order.total)} is back on ${card(order)}.`;

/** What comes next; undefined when nothing does. */
export function nextSentence(status: OrderStatus, isMoneyComing: boolean): string | undefined {
  switch (status) {
    case 'submitted':
      return 'In a moment we set your things aside. Until then, cancelling leaves no trace.';
    case 'awaiting stock':
      return 'The stockroom checks that all of it is there.';
    case 'reserved':
    case 'awaiting payment':
      return 'Your bank answers, usually within seconds.';
    case 'paid':
      return 'We pack it.';
    case 'packed':
      return 'The carrier collects it. Until then you can still cancel.';
    case 'shipped':
      return 'The carrier brings it to your door.';
    case 'cancelled':
    case 'payment failed':
      return isMoneyComing ? 'Payment makes sure that you get back whatever was charged.' : undefined;
    case 'delivered':
    case 'rejected':
    case 'refunded':
      return undefined;
  }
}

const card = ({ payment: { brand, last4 } }: OrderContent): string =>
  brand === undefined || last4 === undefined ? 'your card' : `${brand} ending ${last4}`;

const euros = ({ amount }: Money): string => `€${(amount / 100).toFixed(2)}`;

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

const sentence = (phrase: string): string => {
  const text = phrase.trim() || 'Your bank said no';
  return `${capital(text).replace(/[.!]*$/, '')}.`;
};

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
