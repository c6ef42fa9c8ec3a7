import type { Product } from '@tidewater/contracts/catalog.ts';
import { eur, plus, times } from '@tidewater/contracts/money.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import type { CartLine, CartView } from '@tidewater/contracts/storefront.ts';

/** What a cart stores of a line; all else comes from the catalog. */
export interface StoredLine {
  readonly productId: string;
  /** For a shopper whose product is no longer sold; absent in lines of earlier versions. */
  readonly name?: string;
  readonly quantity: number;
  /** The price the shopper has seen. */
  readonly seen: Money;
}

const deliveryPrice = eur(490);
const freeDeliveryFrom = eur(15_000);

/** Nothing to deliver costs nothing. */
export function deliveryFor(subtotal: Money): Money {
  if (subtotal.amount === 0 || subtotal.amount >= freeDeliveryFrom.amount) return eur(0);
  return deliveryPrice;
}

/** A cart at the prices its shopper has seen. Products that are no longer sold are named and do not count. */
export function cartView(
  { lines, version }: { readonly lines: readonly StoredLine[]; readonly version: number },
  products: readonly Product[],
): CartView {
  const byId = new Map(products.map((product) => [product.id, product]));
  const sold = lines.flatMap((line) => {
    const product = byId.get(line.productId);
    return product === undefined ? [] : [cartLine(line, product)];
  });
  const subtotal = sold.reduce((sum, { lineTotal }) => plus(sum, lineTotal), eur(0));
  const delivery = deliveryFor(subtotal);
  return {
    lines: sold,
    count: sold.reduce((sum, { quantity }) => sum + quantity, 0),
    subtotal,
    delivery,
    total: plus(subtotal, delivery),
    pricesChanged: sold.some(({ newPrice }) => newPrice !== undefined),
    version,
    unavailable: lines
      .filter(({ productId }) => !byId.has(productId))
      .map(({ productId, name = 'A product that is no longer sold' }) => ({ productId, name })),
  };
}

function cartLine({ quantity, seen }: StoredLine, product: Product): CartLine {
  const hasChanged = product.price.amount !== seen.amount;
  return {
    product,
    quantity,
    unitPrice: seen,
    ...(hasChanged && { newPrice: product.price }),
    lineTotal: times(seen, quantity),
  };
}
