import type { Money } from '@tidewater/contracts/money.ts';
import { formatMoney } from '../format/money.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

/** A price; for a reduced product with the previous price. */
export const Price = ({ price, previous }: { readonly price: Money; readonly previous?: Money | undefined }) => (
  <span className="price">
    <span className={previous === undefined ? 'figures' : 'figures lowered'}>{formatMoney(price)}</span>
    {previous === undefined ? null : (
      <>
        {' '}
        <s className="figures before">
          <span className="visually-hidden">{text('price.was')} </span>
          {formatMoney(previous)}
        </s>
      </>
    )}
  </span>
);
