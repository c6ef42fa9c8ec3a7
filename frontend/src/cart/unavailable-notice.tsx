import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { queryKeys } from '../data/query-keys.ts';
import { ProblemError } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { ErrorNotice } from '../components/problem-notice.tsx';
import { cart as cartMessages } from '../messages/en/cart.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(cartMessages);

/** Lists products of the cart that are no longer sold, and removes them when the shopper confirms. */
export const UnavailableNotice = ({ cart }: { readonly cart: CartView }) => {
  const { cartQueue, announcer } = useShop();
  const client = useQueryClient();
  const removal = useMutation({
    mutationFn: async () => {
      for (const { productId } of cart.unavailable) await cartQueue.setQuantity(productId, 0);
    },
    onSuccess: () => announcer.announce(text('unavailable-notice.taken-out-of-your')),
    onError: () => void client.invalidateQueries({ queryKey: queryKeys.cart }),
  });
  if (cart.unavailable.length === 0) return null;
  // The product may be deleted already, and its line with it.
  const isDeleted = removal.error instanceof ProblemError && removal.error.problem.status === 404;
  const count = cart.unavailable.length;
  return (
    <div className="notice unavailable" data-testid="unavailable">
      <p className="notice-title">{text('unavailable-notice.title', { count })}</p>
      <ul>
        {cart.unavailable.map(({ productId, name }) => (
          <li key={productId}>{name}</li>
        ))}
      </ul>
      <p>{text('unavailable-notice.detail', { count })}</p>
      <button type="button" className="button quiet" disabled={removal.isPending} onClick={() => removal.mutate()}>
        {text('unavailable-notice.remove', { count })}
      </button>
      <ErrorNotice error={isDeleted ? null : removal.error} />
    </div>
  );
};
