import type { CartView, OrderView } from '@tidewater/contracts/storefront.ts';
import { ProblemError } from '../data/problem-error.ts';

type Line = Pick<OrderView['lines'][number], 'productId' | 'name' | 'quantity'>;

/** Puts an order's things into the cart again; the names of those that are no longer sold are the answer. */
export const putBack = async (
  cart: { readonly addUpTo: (productId: string, quantity: number) => Promise<CartView> },
  lines: readonly Line[],
): Promise<readonly string[]> => {
  const gone: string[] = [];
  for (const { productId, name, quantity } of lines) {
    try {
      await cart.addUpTo(productId, quantity);
    } catch (error) {
      if (!(error instanceof ProblemError && error.problem.status === 404)) throw error;
      gone.push(name);
    }
  }
  return gone;
};

/** What became of it, in one sentence or two. */
export const putBackText = (count: number, gone: readonly string[]): string => {
  if (gone.length === 0) return 'All of it is in your cart.';
  const missing = `We no longer sell ${gone.join(', ')}.`;
  return gone.length === count ? missing : `${missing} The rest is in your cart.`;
};
