import type { Money } from '@tidewater/contracts/money.ts';
import { formatMoney } from '../format/money.ts';
import { cart as cartMessages } from '../messages/en/cart.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(cartMessages);

export const Totals = ({
  subtotal,
  delivery,
  total,
}: {
  readonly subtotal: Money;
  readonly delivery: Money;
  readonly total: Money;
}) => (
  <dl className="totals figures">
    <div>
      <dt>{text('totals.items')}</dt>
      <dd>{formatMoney(subtotal)}</dd>
    </div>
    <div>
      <dt>{text('totals.delivery')}</dt>
      <dd>{delivery.amount === 0 ? text('totals.free') : formatMoney(delivery)}</dd>
    </div>
    <div className="total">
      <dt>{text('totals.total')}</dt>
      <dd>{formatMoney(total)}</dd>
    </div>
  </dl>
);
