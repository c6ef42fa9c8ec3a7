import { useMutation } from '@tanstack/react-query';
import type { CartLine, CartView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { ProductImage } from '../components/product-image.tsx';
import { useShop } from '../data/shop.ts';
import { itemCount } from '../format/count.ts';
import { formatMoney } from '../format/money.ts';
import { Totals } from '../cart/totals.tsx';
import { PriceNotice } from '../cart/price-notice.tsx';
import { UnavailableNotice } from '../cart/unavailable-notice.tsx';
import { insufficientLines, shortageOf } from '../checkout/payment-blocker.ts';
import { PageHeading } from '../components/page-heading.tsx';
import { ErrorNotice, ProblemNotice } from '../components/problem-notice.tsx';
import { QuantityField } from '../components/quantity-field.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { useSyncedState } from '../components/use-synced-state.ts';
import { useCart } from '../cart/use-cart.ts';
import { hrefs } from '../router/paths.ts';
import { cart as cartMessages } from '../messages/en/cart.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(cartMessages);

export const CartPage = () => {
  const { data: cart, problem, refresh, willRetry } = useCart();
  return (
    <div className="page">
      <PageHeading title={text('cart.cart')}>{text('cart.your-cart')}</PageHeading>
      {cart === undefined ? (
        problem === undefined ? (
          <CartSkeleton />
        ) : (
          <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
        )
      ) : (
        <>
          <UnavailableNotice cart={cart} />
          {cart.lines.length === 0 ? <EmptyCart /> : <CartContents cart={cart} />}
        </>
      )}
    </div>
  );
};

const CartContents = ({ cart }: { readonly cart: CartView }) => {
  const insufficient = insufficientLines(cart);
  return (
    <>
      <div className="split">
        <section aria-labelledby="items-in-cart">
          <h2 id="items-in-cart" className="visually-hidden">
            {text('cart.items-in-your-cart')}
          </h2>
          <ul className="lines">
            {cart.lines.map((line) => (
              <Line key={line.product.id} line={line} />
            ))}
          </ul>
        </section>
        <aside className="summary" aria-label={text('cart.summary')}>
          <h2>{itemCount(cart.count)}</h2>
          <Totals subtotal={cart.subtotal} delivery={cart.delivery} total={cart.total} />
          {insufficient.length === 0 ? (
            <Link href={hrefs.checkout} className="button wide">
              {text('cart.check-out')}
            </Link>
          ) : (
            <>
              <p className="small warn" id="short-of">
                {insufficient.every((line) => line.product.available <= 0)
                  ? text('cart.take-what-is-sold')
                  : text('cart.we-have-fewer-than')}
              </p>
              <button type="button" className="button wide" disabled aria-describedby="short-of">
                {text('cart.check-out')}
              </button>
            </>
          )}
          <p className="quiet small">{text('cart.prices-include-tax-you')}</p>
        </aside>
      </div>
      <PriceNotice cart={cart} />
    </>
  );
};

const debounceMs = 250;

const Line = ({ line }: { readonly line: CartLine }) => {
  const { cartQueue, announcer } = useShop();
  const { product } = line;
  const shortage = shortageOf(line);
  const [requestedQuantity, setRequestedQuantity] = useSyncedState(line.quantity);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const change = useMutation({
    mutationFn: (quantity: number) => cartQueue.setQuantity(product.id, quantity),
    onSuccess: ({ total }, quantity) =>
      announcer.announce(
        quantity === 0
          ? text('cart.name-removed-total-total', { name: product.name, total: formatMoney(total) })
          : text('cart.quantity-name-total-total', { quantity, name: product.name, total: formatMoney(total) }),
      ),
    onError: () => setRequestedQuantity(line.quantity),
  });
  const scheduleChange = (quantity: number): void => {
    setRequestedQuantity(quantity);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change.mutate(quantity), debounceMs);
  };

  return (
    <li className="line-item">
      <div className="tile small">
        <ProductImage picture={product.picture} />
      </div>
      <div className="line-text">
        <p className="brand">{product.brand}</p>
        <h3>
          <Link href={hrefs.product(product.id)}>{product.name}</Link>
        </h3>
        <p className="figures quiet">
          {formatMoney(line.unitPrice)} {text('cart.each')}
          {line.newPrice === undefined ? null : (
            <span className="warn"> {text('cart.now-newprice', { newPrice: formatMoney(line.newPrice) })}</span>
          )}
        </p>
        {shortage === undefined ? null : <p className="small warn">{shortage}</p>}
      </div>
      <QuantityField
        id={`quantity-${product.id}`}
        label={text('cart.quantity-of-name', { name: product.name })}
        value={requestedQuantity}
        onChange={scheduleChange}
      />
      <p className="line-total figures">{formatMoney(line.lineTotal)}</p>
      <button
        type="button"
        className="text-button"
        aria-label={text('cart.remove-name', { name: product.name })}
        onClick={() => change.mutate(0)}
      >
        {text('cart.remove')}
      </button>
      <ErrorNotice error={change.error} />
    </li>
  );
};

const EmptyCart = () => (
  <div className="empty">
    <h2>{text('cart.nothing-in-it-yet')}</h2>
    <p>{text('cart.a-cart-keeps-its')}</p>
    <Link href={hrefs.shop()} className="button">
      {text('cart.browse-the-shop')}
    </Link>
  </div>
);

const CartSkeleton = () => (
  <div className="split">
    <LoadingText what={text('cart.your-cart-2')} />
    <div className="lines">
      <Skeleton className="line-placeholder" />
      <Skeleton className="line-placeholder" />
    </div>
    <div className="summary">
      <Skeleton className="summary-placeholder" />
    </div>
  </div>
);
