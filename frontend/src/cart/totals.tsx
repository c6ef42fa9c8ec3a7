import type { Money } from '@tidewater/contracts/money.ts';
import { formatMoney } from '../format/money.ts';

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
      <dt>Items</dt>
      <dd>{formatMoney(subtotal)}</dd>
    </div>
    <div>
      <dt>Delivery</dt>
      <dd>{delivery.amount === 0 ? 'Free' : formatMoney(delivery)}</dd>
    </div>
    <div className="total">
      <dt>Total</dt>
      <dd>{formatMoney(total)}</dd>
    </div>
  </dl>
);
