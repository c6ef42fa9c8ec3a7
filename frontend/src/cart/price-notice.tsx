import type { CartView, Problem } from '@tidewater/contracts/storefront.ts';
import { useState } from 'react';
import { problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { formatMoney } from '../format/money.ts';
import { ProblemNotice } from '../components/problem-notice.tsx';

/** Shows changed prices of cart lines, old and new; the checkout is blocked until the shopper accepts them. */
export const PriceNotice = ({ cart }: { readonly cart: CartView }) => {
  const { cartQueue, announcer } = useShop();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  if (!cart.pricesChanged) return null;
  const accept = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const changed = await cartQueue.acceptPrices();
      announcer.announce(`New prices accepted. Total ${formatMoney(changed.total)}.`);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="notice price-notice" role="alert" data-testid="price-changed">
      <p className="notice-title">A price changed while it was in your cart</p>
      <ul>
        {cart.lines.map(({ product, unitPrice, newPrice }) =>
          newPrice === undefined ? null : (
            <li key={product.id}>
              {product.name}: <s className="figures">{formatMoney(unitPrice)}</s>{' '}
              <strong className="figures">{formatMoney(newPrice)}</strong>
            </li>
          ),
        )}
      </ul>
      <p>We will not charge a price that you have not seen. Accept it, or take the thing out.</p>
      <button type="button" className="button quiet" disabled={isBusy} onClick={() => void accept()}>
        Accept new prices
      </button>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
    </div>
  );
};
