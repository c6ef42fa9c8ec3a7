import type { CartLine, CartView } from '@tidewater/contracts/storefront.ts';
import { highestTotal } from '../data/problem-text.ts';
import { cart as cartMessages } from '../messages/en/cart.ts';
import { checkout } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkout);
const cartText = messagesOf(cartMessages);

/** Lines whose quantity exceeds the stock. */
export const insufficientLines = (cart: CartView): readonly CartLine[] =>
  cart.lines.filter((line) => line.product.available < line.quantity);

/** A short text when the stock does not cover a line, else undefined. */
export const shortageOf = ({ product, quantity }: CartLine): string | undefined => {
  if (product.available >= quantity) return undefined;
  return product.available <= 0
    ? cartText('shortage.sold-out')
    : cartText('shortage.few', { available: product.available });
};

/** Why this cart cannot be paid now; undefined when it can. */
export const paymentBlockerText = (cart: CartView): string | undefined => {
  const insufficient = insufficientLines(cart);
  if (insufficient.length > 0) {
    const isAllSoldOut = insufficient.every((line) => line.product.available <= 0);
    return isAllSoldOut ? text('blocked.sold-out') : text('blocked.stock');
  }
  if (cart.pricesChanged) return text('blocked.prices');
  if (cart.total.amount > highestTotal) return text('blocked.total');
  return undefined;
};
