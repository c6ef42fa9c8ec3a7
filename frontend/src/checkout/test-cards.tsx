import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { groupDigits } from './card-check.ts';
import { checkout as checkoutMessages } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkoutMessages);

const descriptions: Readonly<Record<keyof typeof testCards, readonly [name: string, story: string]>> = {
  approved: [text('test-cards.approved'), text('test-cards.is-charged-at-once')],
  declined: [text('test-cards.declined'), text('test-cards.the-bank-says-no')],
  insufficientFunds: [text('test-cards.not-covered'), text('test-cards.there-is-not-enough')],
  slow: [text('test-cards.slow'), text('test-cards.the-provider-takes-some')],
  downThenUp: [text('test-cards.down-then-up'), text('test-cards.the-provider-fails-three')],
};

/** Test card numbers, because no real card should be entered here. */
export const TestCards = ({ onUse }: { readonly onUse: (number: string) => void }) => (
  <details className="test-cards">
    <summary>{text('test-cards.test-cards')}</summary>
    <p className="small quiet">{text('test-cards.this-shop-charges-nobody')}</p>
    <ul>
      {(Object.keys(testCards) as (keyof typeof testCards)[]).map((kind) => (
        <li key={kind}>
          <button
            type="button"
            onClick={() => onUse(testCards[kind])}
            aria-label={text('test-cards.use-test-card-descriptions', { descriptions: descriptions[kind][0] })}
          >
            <span className="figures">{groupDigits(testCards[kind])}</span>
            <span>
              <strong>{descriptions[kind][0]}</strong>: {descriptions[kind][1]}
            </span>
          </button>
        </li>
      ))}
    </ul>
  </details>
);
