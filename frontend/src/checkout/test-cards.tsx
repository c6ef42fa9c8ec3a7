import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { groupDigits } from './card-check.ts';

const descriptions: Readonly<Record<keyof typeof testCards, readonly [name: string, story: string]>> = {
  approved: ['Approved', 'is charged at once'],
  declined: ['Declined', 'the bank says no'],
  insufficientFunds: ['Not covered', 'there is not enough on the account'],
  slow: ['Slow', 'the provider takes some seconds'],
  downThenUp: ['Down, then up', 'the provider fails three times, then works'],
};

/** Test card numbers, because no real card should be entered here. */
export const TestCards = ({ onUse }: { readonly onUse: (number: string) => void }) => (
  <details className="test-cards">
    <summary>Test cards</summary>
    <p className="small quiet">
      This shop charges nobody. Any number that could be a card is approved; these behave in their own way.
    </p>
    <ul>
      {(Object.keys(testCards) as (keyof typeof testCards)[]).map((kind) => (
        <li key={kind}>
          <button
            type="button"
            onClick={() => onUse(testCards[kind])}
            aria-label={`Use test card ${descriptions[kind][0]}`}
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
