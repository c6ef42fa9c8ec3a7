import type { CartView, OrderView } from '@tidewater/contracts/storefront.ts';
import { ProblemError } from '../data/problem-error.ts';
import { order as orderMessages } from '../messages/en/order.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(orderMessages);

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
  if (unavailable.length === 0) return text('reorder.all-of-it-is');
  const missing = text('reorder.we-no-longer-sell', { value: unavailable.join(', ') });
  return unavailable.length === count ? missing : text('reorder.missing-the-rest-is', { missing });
};
