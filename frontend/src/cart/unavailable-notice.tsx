import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { queryKeys } from '../data/query-keys.ts';
import { ProblemError } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { ErrorNotice } from '../components/problem-notice.tsx';

/** Lists products of the cart that are no longer sold, and removes them when the shopper confirms. */
export const UnavailableNotice = ({ cart }: { readonly cart: CartView }) => {
  const { cartQueue, announcer } = useShop();
  const client = useQueryClient();
  const removal = useMutation({
    mutationFn: async () => {
      for (const { productId } of cart.unavailable) await cartQueue.setQuantity(productId, 0);
    },
    onSuccess: () => announcer.announce('Taken out of your cart.'),
    onError: () => void client.invalidateQueries({ queryKey: queryKeys.cart }),
  });
  if (cart.unavailable.length === 0) return null;
  // The product may be deleted already, and its line with it.
  const isDeleted = removal.error instanceof ProblemError && removal.error.problem.status === 404;
  const isOne = cart.unavailable.length === 1;
  return (
    <div className="notice unavailable" data-testid="unavailable">
      <p className="notice-title">
        {isOne ? 'We no longer sell one thing that was in your cart' : 'We no longer sell some things in your cart'}
      </p>
      <ul>
        {cart.unavailable.map(({ productId, name }) => (
          <li key={productId}>{name}</li>
        ))}
      </ul>
      <p>
        {isOne ? 'It is' : 'They are'} not part of the total, and you will not be charged for {isOne ? 'it' : 'them'}.
      </p>
      <button type="button" className="button quiet" disabled={removal.isPending} onClick={() => removal.mutate()}>
        Take {isOne ? 'it' : 'them'} out of the cart
      </button>
      <ErrorNotice error={isDeleted ? null : removal.error} />
    </div>
  );
};
