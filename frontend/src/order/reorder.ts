import type { CartView, OrderView } from '@tidewater/contracts/storefront.ts';
import { ProblemError } from '../data/problem-error.ts';

type Line = Pick<OrderView['lines'][number], 'productId' | 'name' | 'quantity'>;

/** Adds the lines of an order to the cart again. Resolves with the names of products that are no longer sold. */
export const reorderLines = async (
  cart: { readonly ensureQuantity: (productId: string, quantity: number) => Promise<CartView> },
  lines: readonly Line[],
): Promise<readonly string[]> => {
  const unavailable: string[] = [];
  for (const { productId, name, quantity } of lines) {
    try {
      await cart.ensureQuantity(productId, quantity);
    } catch (error) {
      if (!(error instanceof ProblemError && error.problem.status === 404)) throw error;
      unavailable.push(name);
    }
  }
  return unavailable;
};

/** The result of `reorderLines` for the shopper. */
export const reorderText = (count: number, unavailable: readonly string[]): string => {
  if (unavailable.length === 0) return 'All of it is in your cart.';
  const missing = `We no longer sell ${unavailable.join(', ')}.`;
  return unavailable.length === count ? missing : `${missing} The rest is in your cart.`;
};
