import type { Money } from '@tidewater/contracts/money.ts';
import { formatMoney } from '../format/money.ts';

/** A price; for a reduced product with the previous price. */
export const Price = ({ price, previous }: { readonly price: Money; readonly previous?: Money | undefined }) => (
  <span className="price">
    <span className={previous === undefined ? 'figures' : 'figures lowered'}>{formatMoney(price)}</span>
    {previous === undefined ? null : (
      <>
        {' '}
        <s className="figures before">
          <span className="visually-hidden">was </span>
          {formatMoney(previous)}
        </s>
      </>
    )}
  </span>
);
