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
import { shop as shopMessages } from '../messages/en/shop.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(shopMessages);

export const ProductPage = ({ productId }: { readonly productId: string }) => {
  const { api } = useShop();
  const { data, problem, refresh, willRetry } = useServerQuery(productQuery(api, productId));
  if (data === undefined && problem?.status === 404) return <UnknownProduct />;
  if (data === undefined && problem !== undefined) {
    return (
      <div className="page narrow">
        <PageHeading title={text('product.not-loaded')}>{text('product.we-could-not-fetch')}</PageHeading>
        <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
      </div>
    );
  }
  const product = data?.product;
  return (
    <div className="page product">
      <nav className="crumbs" aria-label={text('product.you-are-here')}>
        <Link href={hrefs.shop()}>{text('product.shop')}</Link>
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
            <LoadingText what={text('product.the-product')} />
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
          <h2>{text('product.goes-with-it')}</h2>
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
        {level === 'none' ? <span className="quiet"> {text('product.we-do-not-know')}</span> : null}
      </p>
      {level === 'none' ? (
        <button type="button" className="button" disabled>
          {text('product.sold-out')}
        </button>
      ) : (
        <div className="buy-row">
          <QuantityField
            id="quantity"
            label={text('product.quantity')}
            value={quantity}
            max={addable}
            onChange={setRequested}
          />
          <button
            type="button"
            className="button"
            aria-disabled={!canAdd}
            onClick={(event) => (canAdd ? addition.mutate(event.currentTarget) : undefined)}
          >
            {addable === 0 ? text('product.all-of-it-is') : text('product.add-to-cart')}
          </button>
        </div>
      )}
      <p className="buy-done">
        {added === undefined ? null : (
          <>
            {addedText(added)} <Link href={hrefs.cart}>{text('product.go-to-the-cart')}</Link>
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
        <dt>{text('product.weight')}</dt>
        <dd className="figures">{formatWeight(product.weightGrams)}</dd>
      </div>
    </dl>
    <p className="care">
      <span className="care-label">{text('product.note')}</span>
      {product.note}
    </p>
    <p className="quiet small">{text('product.packed-by-hand-shipped')}</p>
  </>
);

const categoryLabel = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ');

const UnknownProduct = () => (
  <div className="page narrow empty">
    <PageHeading title={text('product.no-such-product')}>{text('product.we-do-not-sell')}</PageHeading>
    <p>{text('product.there-is-no-product')}</p>
    <Link href={hrefs.shop()} className="button">
      {text('product.show-the-whole-shop')}
    </Link>
  </div>
);
