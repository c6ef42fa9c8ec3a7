import { useMutation } from '@tanstack/react-query';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { useShop } from '../data/shop.ts';
import { formatMoney } from '../format/money.ts';
import { ErrorNotice } from '../components/problem-notice.tsx';
import { cart as cartMessages } from '../messages/en/cart.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(cartMessages);

/** Shows changed prices of cart lines, old and new; the checkout is blocked until the shopper accepts them. */
export const PriceNotice = ({ cart }: { readonly cart: CartView }) => {
  const { cartQueue, announcer } = useShop();
  const acceptance = useMutation({
    mutationFn: () => cartQueue.acceptPrices(),
    onSuccess: ({ total }) =>
      announcer.announce(text('price-notice.new-prices-accepted-total', { total: formatMoney(total) })),
  });
  if (!cart.pricesChanged) return null;
  return (
    <div className="notice price-notice" role="alert" data-testid="price-changed">
      <p className="notice-title">{text('price-notice.a-price-changed-while')}</p>
      <ul>
        {cart.lines.map(({ product, unitPrice, newPrice }) =>
          newPrice === undefined ? null : (
            <li key={product.id}>
              {product.name}: <s className="figures">{formatMoney(unitPrice)}</s>{' '}
              <strong className="figures">{formatMoney(newPrice)}</strong>
            </li>
          ),
        )}
      </ul>
      <p>{text('price-notice.we-will-not-charge')}</p>
      <button
        type="button"
        className="button quiet"
        disabled={acceptance.isPending}
        onClick={() => acceptance.mutate()}
      >
        {text('price-notice.accept-new-prices')}
      </button>
      <ErrorNotice error={acceptance.error} />
    </div>
  );
};
