import { useQueryClient } from '@tanstack/react-query';
import type { CartView, Problem } from '@tidewater/contracts/storefront.ts';
import { useState } from 'react';
import { queryKeys } from '../data/query-keys.ts';
import { ProblemError, problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { ProblemNotice } from '../components/problem-notice.tsx';

/** Lists products of the cart that are no longer sold, and removes them when the shopper confirms. */
export const UnavailableNotice = ({ cart }: { readonly cart: CartView }) => {
  const { cartQueue, announcer } = useShop();
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  if (cart.unavailable.length === 0) return null;
  const dismiss = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      for (const { productId } of cart.unavailable) await cartQueue.setQuantity(productId, 0);
      announcer.announce('Taken out of your cart.');
    } catch (error) {
      // The product may be deleted already, and its line with it.
      if (error instanceof ProblemError && error.problem.status === 404)
        void client.invalidateQueries({ queryKey: queryKeys.cart });
      else setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
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
      <button type="button" className="button quiet" disabled={isBusy} onClick={() => void dismiss()}>
        Take {isOne ? 'it' : 'them'} out of the cart
      </button>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
    </div>
  );
};
