import type { Money } from './money.ts';

/**
 * The statuses of an order with all that a shopper reads of them: the message catalogue of orders. Rendered by the storefront
 * and by the frontend's mock; the order service knows no text. A status that has `upcoming` is on the happy path, in this
 * order; one whose tone is not `in-progress` is terminal.
 */
export interface StatusTexts {
  readonly title: string;
  readonly tone: StatusTone;
  /** In the list of steps to come. */
  readonly upcoming?: string;
  /** What comes next, while the order is not settled. */
  readonly next?: string;
  /** What has happened. */
  readonly happened: (order: OrderForTexts, change: ShownChange) => string;
}

export type StatusTone = 'in-progress' | 'positive' | 'negative' | 'neutral';

/** What the texts show of an order. */
export interface OrderForTexts {
  readonly lines: readonly { readonly productId: string; readonly name: string }[];
  readonly total: Money;
  readonly address: { readonly street: string; readonly city: string };
  /** Absent until the provider has reported it. */
  readonly payment: { readonly brand?: string; readonly last4?: string };
}

/** What the texts show of one change. */
export interface ShownChange {
  /** The input that caused it, such as `cancel` or `payment-declined`. */
  readonly input: string;
  /** The status before it; absent for the first change. */
  readonly previous?: string;
  /** Of the payment provider, when the payment was declined. */
  readonly reason?: string;
  /** The products of which there was not enough. */
  readonly missing?: readonly MissingStock[];
}

export interface MissingStock {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
}

const undoing = 'Payment makes sure that you get back whatever was charged.';
const nothingCharged = 'Nothing had been charged, and nothing will be.';

const texts = {
  submitted: {
    title: 'Submitted',
    tone: 'in-progress',
    upcoming: 'You send the order',
    next: 'In a moment we set your things aside. Until then, cancelling leaves no trace.',
    happened: () => 'We have your order. For a moment you can still change your mind.',
  },
  'awaiting-stock': {
    title: 'Awaiting stock',
    tone: 'in-progress',
    upcoming: 'We look on the shelf',
    next: 'The stockroom checks that all of it is there.',
    happened: () => 'We asked the stockroom to put everything aside for you.',
  },
  'awaiting-payment': {
    title: 'Awaiting payment',
    tone: 'in-progress',
    upcoming: 'Your card is charged',
    next: 'Your bank answers, usually within seconds.',
    happened: (order) => `Everything is set aside under your name. We asked ${card(order)} for ${euros(order.total)}.`,
  },
  paid: {
    title: 'Paid',
    tone: 'in-progress',
    upcoming: 'The payment is in',
    next: 'We pack it.',
    happened: (order) => `${capital(card(order))} paid ${euros(order.total)}. Thank you.`,
  },
  packed: {
    title: 'Packed',
    tone: 'in-progress',
    upcoming: 'The parcel is packed',
    next: 'The carrier collects it. Until then you can still cancel.',
    happened: () => 'Packed, weighed and labelled.',
  },
  shipped: {
    title: 'Shipped',
    tone: 'in-progress',
    upcoming: 'The parcel leaves',
    next: 'The carrier brings it to your door.',
    happened: (order) => `With the carrier, on its way to ${order.address.city}.`,
  },
  delivered: {
    title: 'Delivered',
    tone: 'positive',
    upcoming: 'It is with you',
    happened: (order) => `Delivered to ${order.address.street}. Fair winds.`,
  },
  rejected: {
    title: 'Rejected',
    tone: 'negative',
    happened: (order, { input, missing = [] }) =>
      input === 'stock-rejected' ? soldOut(order, missing) : 'We could not process this order. Nothing was charged.',
  },
  'payment-failed': {
    title: 'Payment failed',
    tone: 'negative',
    next: undoing,
    happened(_order, { input, reason = '' }) {
      if (input === 'payment-voided') return nothingCharged;
      if (input === 'payment-declined')
        return `${sentence(reason)} We charged nothing and put everything back on the shelf.`;
      return 'We could not complete the payment, so this order ends here. If anything was charged, all of it comes back to you.';
    },
  },
  cancelled: {
    title: 'Cancelled',
    tone: 'neutral',
    next: undoing,
    happened(order, { input, previous }) {
      const onItsWay = `${euros(order.total)} is on its way back to ${card(order)}.`;
      if (input === 'payment-voided') return nothingCharged;
      if (input !== 'cancel') return `We could not complete this order, so we cancelled it. ${onItsWay}`;
      if (previous === 'paid' || previous === 'packed') return `Cancelled, as you asked. ${onItsWay}`;
      if (previous === 'awaiting-payment')
        return 'Cancelled, as you asked. If the charge went through in the same moment, all of it comes back to you.';
      return 'Cancelled, as you asked. Nothing was charged.';
    },
  },
  refunded: {
    title: 'Refunded',
    tone: 'neutral',
    happened: (order) => `${euros(order.total)} is back on ${card(order)}.`,
  },
} satisfies Readonly<Record<string, StatusTexts>>;

export type OrderStatus = keyof typeof texts;

export const statusTexts: Readonly<Record<OrderStatus, StatusTexts>> = texts;

function soldOut({ lines }: OrderForTexts, missing: readonly MissingStock[]): string {
  const [first] = missing;
  const name = lines.find(({ productId }) => productId === first?.productId)?.name;
  if (first === undefined || name === undefined)
    return 'Something you chose sold out while you were checking out. We charged nothing.';
  const { available, requested } = first;
  const shortage =
    available === 0
      ? `The last ${name} went to someone else while you were checking out.`
      : `Of ${name} only ${available} ${available === 1 ? 'is' : 'are'} left, and you asked for ${requested}.`;
  const others = missing.length > 1 ? ` The same goes for ${countOf(missing.length - 1, 'other thing')}.` : '';
  return `${shortage}${others} We charged nothing.`;
}

const card = ({ payment: { brand, last4 } }: OrderForTexts): string =>
  brand === undefined || last4 === undefined ? 'your card' : `${brand} ending ${last4}`;

const euros = ({ amount }: Money): string => `€${(amount / 100).toFixed(2)}`;

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const sentence = (phrase: string): string => `${capital(phrase.trim() || 'Your bank said no').replace(/[.!]*$/, '')}.`;

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
