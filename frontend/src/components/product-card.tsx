import type { Product } from '@tidewater/contracts/catalog.ts';
import { Link } from 'wouter';
import { ProductImage } from './product-image.tsx';
import { formatStock, stockLevel } from '../format/stock.ts';
import { formatWeight } from '../format/weight.ts';
import { Price } from './price.tsx';
import { Skeleton } from './skeleton.tsx';
import { hrefs } from '../router/paths.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

export const ProductCard = ({ product }: { readonly product: Product }) => {
  const level = stockLevel(product.available);
  return (
    <article className="card" data-testid="product-card" data-product={product.id}>
      <div className="tile">
        <ProductImage picture={product.picture} alt={product.alt} />
        {product.previousPrice === undefined ? null : <span className="flag">{text('product-card.lowered')}</span>}
      </div>
      <p className="brand">{product.brand}</p>
      <h3 className="card-name">
        <Link href={hrefs.product(product.id)}>{product.name}</Link>
      </h3>
      <p className="card-details">
        <Price price={product.price} previous={product.previousPrice} />
        <span className="figures weight">{formatWeight(product.weightGrams)}</span>
      </p>
      <p className={`card-stock ${level}`}>{level === 'some' ? '' : formatStock(product.available)}</p>
    </article>
  );
};

const CardSkeleton = () => (
  <div className="card" aria-hidden="true">
    <div className="tile blank" />
    <p className="brand">
      <Skeleton className="w-4" />
    </p>
    <p className="card-name">
      <Skeleton className="w-9" />
    </p>
    <p className="card-details">
      <Skeleton className="w-5" />
    </p>
    <p className="card-stock" />
  </div>
);

export const ProductGrid = ({ products }: { readonly products: readonly Product[] }) => (
  <ul className="grid">
    {products.map((product) => (
      <li key={product.id}>
        <ProductCard product={product} />
      </li>
    ))}
  </ul>
);

export const ProductGridSkeleton = ({ count }: { readonly count: number }) => (
  <div className="grid">
    {Array.from({ length: count }, (_, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- they are all alike
      <CardSkeleton key={index} />
    ))}
  </div>
);
