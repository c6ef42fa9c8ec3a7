import type { Money } from '@tidewater/contracts/money.ts';
import { formatMoney } from '../format/money.ts';

/** A price; on sale, both prices, said as a fact. */
export const Price = ({ price, previous }: { readonly price: Money; readonly previous?: Money | undefined }) => (
  <span className="price">
    <span className={previous === undefined ? 'figures' : 'figures lowered'}>{formatMoney(price)}</span>
    {previous === undefined ? null : (
      <>
        {' '}
        <s className="figures before">
          <span className="aside-words">was </span>
          {formatMoney(previous)}
        </s>
      </>
    )}
  </span>
);
