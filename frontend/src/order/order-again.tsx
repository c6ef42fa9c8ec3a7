import type { OrderView, Problem } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef, useState } from 'react';
import { problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Link } from '../router/link.tsx';
import { putBack, putBackText } from './put-back.ts';

/** The way on after an order that came to nothing. */
export const OrderAgain = ({ order }: { readonly order: OrderView }) => {
  const { cart } = useShop();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ readonly text: string; readonly isInCart: boolean }>();
  const [problem, setProblem] = useState<Problem>();
  const said = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // The button that had the focus is gone.
    if (outcome !== undefined) said.current?.focus();
  }, [outcome]);

  const again = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const gone = await putBack(cart, order.lines);
      const text = putBackText(order.lines.length, gone);
      setOutcome({ text, isInCart: gone.length < order.lines.length });
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="order-again">
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {outcome === undefined ? null : (
        <p ref={said} className="order-again-said" tabIndex={-1}>
          {outcome.text}
        </p>
      )}
      <div className="cancel-row">
        {outcome === undefined ? (
          <button
            type="button"
            className="button"
            aria-disabled={isBusy}
            onClick={() => (isBusy ? undefined : void again())}
          >
            Put these back in the cart
          </button>
        ) : outcome.isInCart ? (
          <Link to={{ page: 'cart' }} className="button">
            Go to the cart
          </Link>
        ) : null}
        <Link to={{ page: 'shop', search: '' }}>Browse the shop</Link>
      </div>
    </div>
  );
};
