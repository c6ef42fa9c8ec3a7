import type { OrderView, Problem } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { reorderLines, reorderText } from './reorder.ts';
import { hrefs } from '../router/paths.ts';

/** Offers to add the lines of an unfulfilled order to the cart. */
export const OrderAgain = ({ order }: { readonly order: OrderView }) => {
  const { cartQueue } = useShop();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ readonly text: string; readonly isInCart: boolean }>();
  const [problem, setProblem] = useState<Problem>();
  const message = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // The focused button was removed from the page.
    if (outcome !== undefined) message.current?.focus();
  }, [outcome]);

  const handleReorder = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const unavailable = await reorderLines(cartQueue, order.lines);
      const text = reorderText(order.lines.length, unavailable);
      setOutcome({ text, isInCart: unavailable.length < order.lines.length });
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="reorder">
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {outcome === undefined ? null : (
        <p ref={message} className="reorder-message" tabIndex={-1}>
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
          <Link href={hrefs.cart} className="button">
            Go to the cart
          </Link>
        ) : null}
        <Link href={hrefs.shop()}>Browse the shop</Link>
      </div>
    </div>
  );
};
