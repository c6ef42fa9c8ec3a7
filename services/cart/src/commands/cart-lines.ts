import type { Product } from '@tidewater/contracts/catalog.ts';
import { maxLines, maxMoney } from '@tidewater/contracts/schemas.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { badRequest, notFound } from '@tidewater/kit/problems.ts';
import { cartView } from '../domain/cart.ts';
import type { CartState } from '../domain/cart-state.ts';

export interface LineChange {
  readonly productId: string;
  /** 0 removes the line. */
  readonly quantity: number;
}

/**
 * The cart after the change of one line. A new line has the price of now; a changed one that which its shopper saw first.
 * Throws 404 for an unknown product, and 400 for a cart of too many lines or too high a value.
 */
export function changeLine(state: CartState, change: LineChange, products: readonly Product[]): CartView {
  const before = state.lines.find(({ productId }) => productId === change.productId)?.quantity ?? 0;
  setQuantity(state, change, products);
  const view = cartView(state, products);
  // A cart whose goods became dearer may be made smaller step by step.
  if (change.quantity > before && view.total.amount > maxMoney)
    throw badRequest(
      `A cart can be worth €${(maxMoney / 100).toLocaleString('en-IE')} at most. Order the rest separately.`,
    );
  return view;
}

function setQuantity(state: CartState, { productId, quantity }: LineChange, products: readonly Product[]): void {
  const { lines } = state;
  const at = lines.findIndex((line) => line.productId === productId);
  const existing = lines[at];
  if (existing?.quantity === quantity || (existing === undefined && quantity === 0)) return;
  if (existing === undefined) {
    if (lines.length >= maxLines) throw badRequest(`A cart holds ${maxLines} different things at most.`);
    const product = products.find(({ id }) => id === productId);
    if (product === undefined) throw notFound(`There is no product ${productId}.`);
    lines.push({ productId, name: product.name, quantity, seen: product.price });
  } else if (quantity === 0) lines.splice(at, 1);
  else lines[at] = { ...existing, quantity };
  state.version += 1;
}

/** The shopper has seen the new prices and accepts them. */
export function acceptPrices(state: CartState, products: readonly Product[]): CartView {
  const prices = new Map(products.map((product) => [product.id, product.price]));
  const before = cartView(state, products);
  state.lines = state.lines.map((line) => ({ ...line, seen: prices.get(line.productId) ?? line.seen }));
  if (before.pricesChanged) state.version += 1;
  return cartView(state, products);
}
