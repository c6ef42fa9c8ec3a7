import type { CartLine, CartView, Problem } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef, useState } from 'react';
import { ProductPicture } from '../art/product-picture.tsx';
import { problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { countOf } from '../format/count.ts';
import { formatMoney } from '../format/money.ts';
import { Totals } from '../cart/totals.tsx';
import { PriceNotice } from '../cart/price-notice.tsx';
import { UnavailableNotice } from '../cart/unavailable-notice.tsx';
import { shortLines, shortageOf } from '../checkout/pay-block.ts';
import { PageHeading } from '../parts/page-heading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { QuantityField } from '../parts/quantity-field.tsx';
import { LoadingWords, Skeleton } from '../parts/skeleton.tsx';
import { useFollowing } from '../parts/use-following.ts';
import { Link } from '../router/link.tsx';
import { useCart } from '../shell/use-cart.ts';

export const CartPage = () => {
  const { data: cart, problem, refresh, willRetry } = useCart();
  return (
    <div className="page">
      <PageHeading title="Cart">Your cart</PageHeading>
      {cart === undefined ? (
        problem === undefined ? (
          <CartSkeleton />
        ) : (
          <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
        )
      ) : (
        <>
          <UnavailableNotice cart={cart} />
          {cart.lines.length === 0 ? <Empty /> : <Full cart={cart} />}
        </>
      )}
    </div>
  );
};

const Full = ({ cart }: { readonly cart: CartView }) => {
  const short = shortLines(cart);
  return (
    <>
      <div className="split">
        <section aria-labelledby="things-in-cart">
          <h2 id="things-in-cart" className="aside-words">
            Things in the cart
          </h2>
          <ul className="lines">
            {cart.lines.map((line) => (
              <Line key={line.product.id} line={line} />
            ))}
          </ul>
        </section>
        <aside className="summary" aria-label="Summary">
          <h2>{countOf(cart.count, 'thing')}</h2>
          <Totals subtotal={cart.subtotal} delivery={cart.delivery} total={cart.total} />
          {short.length === 0 ? (
            <Link to={{ page: 'checkout' }} className="button wide">
              Check out
            </Link>
          ) : (
            <>
              <p className="small warn" id="short-of">
                {short.every((line) => line.product.available <= 0)
                  ? 'Take what is sold out from the cart, then you can check out.'
                  : 'We have fewer than you want of some things. Lower the number, then you can check out.'}
              </p>
              <button type="button" className="button wide" disabled aria-describedby="short-of">
                Check out
              </button>
            </>
          )}
          <p className="quiet small">Prices include tax. You can cancel until the parcel leaves.</p>
        </aside>
      </div>
      <PriceNotice cart={cart} />
    </>
  );
};

const settleMs = 250;

const Line = ({ line }: { readonly line: CartLine }) => {
  const { cart, announcer } = useShop();
  const { product } = line;
  const shortage = shortageOf(line);
  const [wanted, setWanted] = useFollowing(line.quantity);
  const [problem, setProblem] = useState<Problem>();
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(due.current), []);

  const change = async (quantity: number): Promise<void> => {
    setProblem(undefined);
    try {
      const after = await cart.setQuantity(product.id, quantity);
      announcer.say(
        quantity === 0
          ? `${product.name} removed. Total ${formatMoney(after.total)}.`
          : `${quantity} × ${product.name}. Total ${formatMoney(after.total)}.`,
      );
    } catch (error) {
      setWanted(line.quantity);
      setProblem(problemOf(error));
    }
  };
  const soon = (quantity: number): void => {
    setWanted(quantity);
    clearTimeout(due.current);
    due.current = setTimeout(() => void change(quantity), settleMs);
  };

  return (
    <li className="line-item">
      <div className="tile small">
        <ProductPicture picture={product.picture} />
      </div>
      <div className="line-words">
        <p className="brand">{product.brand}</p>
        <h3>
          <Link to={{ page: 'product', productId: product.id }}>{product.name}</Link>
        </h3>
        <p className="figures quiet">
          {formatMoney(line.unitPrice)} each
          {line.newPrice === undefined ? null : <span className="warn"> · now {formatMoney(line.newPrice)}</span>}
        </p>
        {shortage === undefined ? null : <p className="small warn">{shortage}</p>}
      </div>
      <QuantityField
        id={`quantity-${product.id}`}
        label={`Quantity of ${product.name}`}
        value={wanted}
        onChange={soon}
      />
      <p className="line-total figures">{formatMoney(line.lineTotal)}</p>
      <button
        type="button"
        className="text-button"
        aria-label={`Remove ${product.name}`}
        onClick={() => void change(0)}
      >
        Remove
      </button>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
    </li>
  );
};

const Empty = () => (
  <div className="empty">
    <h2>Nothing in it yet</h2>
    <p>A cart keeps its things until you come back, on this device.</p>
    <Link to={{ page: 'shop', search: '' }} className="button">
      Browse the shop
    </Link>
  </div>
);

const CartSkeleton = () => (
  <div className="split">
    <LoadingWords what="your cart" />
    <div className="lines">
      <Skeleton className="line-blank" />
      <Skeleton className="line-blank" />
    </div>
    <div className="summary">
      <Skeleton className="summary-blank" />
    </div>
  </div>
);
