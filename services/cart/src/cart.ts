import type { Product } from '@tidewater/contracts/catalog.ts';
import { eur, plus, times } from '@tidewater/contracts/money.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import type { CartLine, CartView } from '@tidewater/contracts/storefront.ts';

/** What a cart remembers of a line; all else is the catalog's. */
export interface RememberedLine {
  readonly productId: string;
  readonly quantity: number;
  /** The price the shopper has seen. */
  readonly seen: Money;
}

export const maxQuantity = 99;
export const maxLines = 50;

const deliveryPrice = eur(490);
const freeDeliveryFrom = eur(15_000);

/** Nothing to deliver costs nothing. */
export function deliveryFor(subtotal: Money): Money {
  if (subtotal.amount === 0 || subtotal.amount >= freeDeliveryFrom.amount) return eur(0);
  return deliveryPrice;
}

/** A cart at the prices its shopper has seen. Lines of products that are no longer sold are left out. */
export function cartView(lines: readonly RememberedLine[], products: readonly Product[]): CartView {
  const byId = new Map(products.map((product) => [product.id, product]));
  const shown = lines.flatMap((line) => {
    const product = byId.get(line.productId);
    return product === undefined ? [] : [cartLine(line, product)];
  });
  const subtotal = shown.reduce((sum, { lineTotal }) => plus(sum, lineTotal), eur(0));
  const delivery = deliveryFor(subtotal);
  return {
    lines: shown,
    count: shown.reduce((sum, { quantity }) => sum + quantity, 0),
    subtotal,
    delivery,
    total: plus(subtotal, delivery),
    pricesChanged: shown.some(({ newPrice }) => newPrice !== undefined),
  };
}

function cartLine({ quantity, seen }: RememberedLine, product: Product): CartLine {
  const hasChanged = product.price.amount !== seen.amount;
  return {
    product,
    quantity,
    unitPrice: seen,
    ...(hasChanged && { newPrice: product.price }),
    lineTotal: times(seen, quantity),
  };
}
