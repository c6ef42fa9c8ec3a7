import { useMutation } from '@tanstack/react-query';
import type { Product } from '@tidewater/contracts/catalog.ts';
import { useState } from 'react';
import { Link } from 'wouter';
import { ProductImage } from '../components/product-image.tsx';
import { addedText, addableQuantity } from '../cart/cart-queue.ts';
import { productQuery } from '../data/queries.ts';
import { useShop } from '../data/shop.ts';
import { useServerQuery } from '../data/use-server-query.ts';
import { formatStock, stockLevel } from '../format/stock.ts';
import { formatWeight } from '../format/weight.ts';
import { flyToCart } from '../components/fly-to-cart.ts';
import { PageHeading } from '../components/page-heading.tsx';
import { Price } from '../components/price.tsx';
import { ErrorNotice, ProblemNotice } from '../components/problem-notice.tsx';
import { ProductGrid } from '../components/product-card.tsx';
import { QuantityField } from '../components/quantity-field.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { useCart } from '../cart/use-cart.ts';
import { hrefs } from '../router/paths.ts';

export const ProductPage = ({ productId }: { readonly productId: string }) => {
  const { api } = useShop();
  const { data, problem, refresh, willRetry } = useServerQuery(productQuery(api, productId));
  if (data === undefined && problem?.status === 404) return <UnknownProduct />;
  if (data === undefined && problem !== undefined) {
    return (
      <div className="page narrow">
        <PageHeading title="Not loaded">We could not fetch this page</PageHeading>
        <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
      </div>
    );
  }
  const product = data?.product;
  return (
    <div className="page product">
      <nav className="crumbs" aria-label="You are here">
        <Link href={hrefs.shop()}>Shop</Link>
        <span aria-hidden="true">/</span>
        {product === undefined ? (
          <Skeleton className="w-4" />
        ) : (
          <Link href={hrefs.category(product.category)}>{categoryLabel(product.category)}</Link>
        )}
      </nav>
      <div className="product-columns">
        <div className="tile large">
          {product === undefined ? (
            <LoadingText what="the product" />
          ) : (
            <ProductImage picture={product.picture} alt={product.alt} />
          )}
        </div>
        <div className="product-text">
          <p className="brand">{product?.brand ?? <Skeleton className="w-3" />}</p>
          <PageHeading title={product?.name}>{product?.name ?? <Skeleton className="w-9" />}</PageHeading>
          <p className="product-price">
            {product === undefined ? (
              <Skeleton className="w-4" />
            ) : (
              <Price price={product.price} previous={product.previousPrice} />
            )}
          </p>
          <p className="product-story">{product?.description ?? <Skeleton className="story-lines" />}</p>
          {product === undefined ? <Skeleton className="buy-box" /> : <BuyBox product={product} />}
          {product === undefined ? null : <ProductDetails product={product} />}
        </div>
      </div>
      {data === undefined || data.related.length === 0 ? null : (
        <section className="related">
          <h2>Goes with it</h2>
          <ProductGrid products={data.related} />
        </section>
      )}
    </div>
  );
};

const BuyBox = ({ product }: { readonly product: Product }) => {
  const { cartQueue, announcer } = useShop();
  const { data: inCart } = useCart();
  const [requested, setRequested] = useState(1);
  const [added, setAdded] = useState<number>();
  const level = stockLevel(product.available);
  const addable = addableQuantity(inCart, product);
  const quantity = Math.max(1, Math.min(requested, addable));

  const addition = useMutation({
    mutationFn: (_button: Element) => cartQueue.add(product.id, quantity, product.available),
    onSuccess: (count, button) => {
      if (count > 0) flyToCart(button);
      setAdded(count);
      setRequested(1);
      announcer.announce(addedText(count, product.name));
    },
  });
  const canAdd = !addition.isPending && addable > 0;

  return (
    <div className="buy">
      <p className={`stock ${level}`}>
        <span className="stock-mark" aria-hidden="true" />
        {formatStock(product.available)}
        {level === 'none' ? <span className="quiet"> · we do not know yet when more come</span> : null}
      </p>
      {level === 'none' ? (
        <button type="button" className="button" disabled>
          Sold out
        </button>
      ) : (
        <div className="buy-row">
          <QuantityField id="quantity" label="Quantity" value={quantity} max={addable} onChange={setRequested} />
          <button
            type="button"
            className="button"
            aria-disabled={!canAdd}
            onClick={(event) => (canAdd ? addition.mutate(event.currentTarget) : undefined)}
          >
            {addable === 0 ? 'All of it is in your cart' : 'Add to cart'}
          </button>
        </div>
      )}
      <p className="buy-done">
        {added === undefined ? null : (
          <>
            {addedText(added)} <Link href={hrefs.cart}>Go to the cart</Link>
          </>
        )}
      </p>
      <ErrorNotice error={addition.error} />
    </div>
  );
};

const ProductDetails = ({ product }: { readonly product: Product }) => (
  <>
    <dl className="specs">
      {product.specs.map(([label, value], row) => (
        // oxlint-disable-next-line react/no-array-index-key -- two rows may have the same label
        <div key={row}>
          <dt>{label}</dt>
          <dd className="figures">{value}</dd>
        </div>
      ))}
      <div>
        <dt>Weight</dt>
        <dd className="figures">{formatWeight(product.weightGrams)}</dd>
      </div>
    </dl>
    <p className="care">
      <span className="care-label">Note</span>
      {product.note}
    </p>
    <p className="quiet small">Packed by hand, shipped the same day. You can cancel until the parcel leaves.</p>
  </>
);

const categoryLabel = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ');

const UnknownProduct = () => (
  <div className="page narrow empty">
    <PageHeading title="No such product">We do not sell that</PageHeading>
    <p>There is no product at this address. It may have been renamed, or the link lost a letter on its way.</p>
    <Link href={hrefs.shop()} className="button">
      Show the whole shop
    </Link>
  </div>
);
