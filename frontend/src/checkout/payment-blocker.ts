import type { CartLine, CartView } from '@tidewater/contracts/storefront.ts';
import { highestTotal } from '../data/problem-text.ts';

/** Lines whose quantity exceeds the stock. */
export const insufficientLines = (cart: CartView): readonly CartLine[] =>
  cart.lines.filter((line) => line.product.available < line.quantity);

/** A short text when the stock does not cover a line, else undefined. */
export const shortageOf = ({ product, quantity }: CartLine): string | undefined => {
  if (product.available >= quantity) return undefined;
  return product.available <= 0 ? 'Sold out' : `Only ${product.available} left`;
};

/** Why this cart cannot be paid now; undefined when it can. */
export const paymentBlockerOf = (cart: CartView): string | undefined => {
  const insufficient = insufficientLines(cart);
  if (insufficient.length > 0) {
    const isAllSoldOut = insufficient.every((line) => line.product.available <= 0);
    return isAllSoldOut
      ? 'You cannot pay yet: take what is sold out from the cart first.'
      : 'You cannot pay yet: the cart asks for more than we have.';
  }
  if (cart.pricesChanged) return 'You cannot pay yet: accept the new prices first.';
  if (cart.total.amount > highestTotal) return 'One order may cost €1,000,000 at most. Take something out first.';
  return undefined;
};
