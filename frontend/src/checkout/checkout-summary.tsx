import type { CartView, Problem } from '@tidewater/contracts/storefront.ts';
import { Link } from 'wouter';
import { Totals } from '../cart/totals.tsx';
import { formatMoney } from '../format/money.ts';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { paymentBlockerText, insufficientLines, shortageOf } from './payment-blocker.ts';
import { RecoveryNotice } from './recovery-notice.tsx';
import type { Checkout } from './use-checkout.ts';
import { hrefs } from '../router/paths.ts';
import { checkout as checkoutMessages } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkoutMessages);

/** The lines and totals, what blocks the payment, and the pay button. */
export const CheckoutSummary = ({ cart, checkout }: { readonly cart: CartView; readonly checkout: Checkout }) => {
  const { isPaying, recovery, earlierOrderId } = checkout;
  const isSearching = recovery === 'searching';
  const blocker = paymentBlockerText(cart);
  const reason = isSearching ? text('checkout-summary.you-can-pay-again') : blocker;
  const problem = shownProblem(checkout.problem, cart);
  return (
    <aside className="summary" aria-label={text('checkout-summary.summary')}>
      <h2>{text('checkout-summary.your-order')}</h2>
      <ul className="summary-lines">
        {cart.lines.map((line) => {
          const shortage = shortageOf(line);
          return (
            <li key={line.product.id}>
              <span>
                <span className="figures">{line.quantity} ×</span> {line.product.name}
                {shortage === undefined ? null : <span className="small warn line-shortage">{shortage}</span>}
              </span>
              <span className="figures">{formatMoney(line.lineTotal)}</span>
            </li>
          );
        })}
      </ul>
      <Totals subtotal={cart.subtotal} delivery={cart.delivery} total={cart.total} />
      {earlierOrderId === undefined ? null : (
        <div className="notice" role="alert">
          <p className="notice-title">{text('checkout-summary.your-earlier-order-did')}</p>
          <p>
            {text('checkout-summary.its-answer-was-lost')}{' '}
            <Link href={hrefs.order(earlierOrderId)}>
              {text('checkout-summary.order-earlierorderid', { earlierOrderId })}
            </Link>{' '}
            {text('checkout-summary.stands-this-cart-is')}
          </p>
        </div>
      )}
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      <RecoveryNotice state={recovery} onSearch={checkout.searchAgain} />
      <button
        type="submit"
        className="button wide"
        disabled={blocker !== undefined || isSearching}
        aria-disabled={isPaying}
        aria-busy={isPaying}
        aria-describedby={reason === undefined ? undefined : 'pay-reason'}
      >
        {isPaying
          ? text('checkout-summary.paying')
          : text('checkout-summary.pay-total', { total: formatMoney(cart.total) })}
      </button>
      <output className={blocker === undefined ? 'pay-reason small quiet' : 'pay-reason small warn'} id="pay-reason">
        {reason}
      </output>
      <p className="quiet small">
        <Link href={hrefs.cart}>
          {insufficientLines(cart).length > 0
            ? text('checkout-summary.change-the-cart')
            : text('checkout-summary.back-to-the-cart')}
        </Link>
      </p>
    </aside>
  );
};

/** A conflict is shown until the shopper has resolved it; changed prices have a separate notice. */
const shownProblem = (problem: Problem | undefined, cart: CartView): Problem | undefined => {
  if (problem?.type === 'prices-changed' && problem.cart !== undefined) return undefined;
  if (problem?.type === 'sold-out' && insufficientLines(cart).length === 0) return undefined;
  return problem;
};
