import type { OrderView, Problem } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef, useState } from 'react';
import { problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { Link } from '../router/link.tsx';
import { reorderLines, reorderText } from './reorder.ts';

/** The way on after an order that came to nothing. */
export const OrderAgain = ({ order }: { readonly order: OrderView }) => {
  const { cartQueue: cart } = useShop();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ readonly text: string; readonly isInCart: boolean }>();
  const [problem, setProblem] = useState<Problem>();
  const message = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // The button that had the focus is gone.
    if (outcome !== undefined) message.current?.focus();
  }, [outcome]);

  const handleReorder = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const unavailable = await reorderLines(cart, order.lines);
      const text = reorderText(order.lines.length, unavailable);
      setOutcome({ text, isInCart: unavailable.length < order.lines.length });
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
        <p ref={message} className="order-again-said" tabIndex={-1}>
          {outcome.text}
        </p>
      )}
      <div className="cancel-row">
        {outcome === undefined ? (
          <button
            type="button"
            className="button"
            aria-disabled={isBusy}
            onClick={() => (isBusy ? undefined : void handleReorder())}
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
