import type { Product } from '@tidewater/contracts/catalog.ts';
import { eur, plus, times } from '@tidewater/contracts/money.ts';
import type { CartLine, CartView } from '@tidewater/contracts/storefront.ts';

/** The shopper's cart: quantities, acknowledged prices, and a version. */
export class MockCart {
  readonly #products: readonly Product[];
  readonly #quantities = new Map<string, number>();
  /** Prices that the shopper has seen, for products whose price has changed since. */
  readonly #acknowledgedPrices = new Map<string, number>();
  /** No longer sold, by id. */
  readonly #unavailable = new Map<string, string>();
  #version = 0;

  constructor(products: readonly Product[]) {
    this.#products = products;
  }

  get view(): CartView {
    const lines = [...this.#quantities].flatMap(([id, quantity]): CartLine[] => {
      const product = this.#products.find((each) => each.id === id);
      if (product === undefined) return [];
      const acknowledged = this.#acknowledgedPrices.get(id);
      const unitPrice = acknowledged === undefined ? product.price : eur(acknowledged);
      const newPrice = acknowledged === undefined ? {} : { newPrice: product.price };
      return [{ product, quantity, unitPrice, ...newPrice, lineTotal: times(unitPrice, quantity) }];
    });
    const subtotal = lines.reduce((sum, line) => plus(sum, line.lineTotal), eur(0));
    const delivery = subtotal.amount === 0 || subtotal.amount >= 15_000 ? eur(0) : eur(490);
    return {
      lines,
      count: lines.reduce((sum, line) => sum + line.quantity, 0),
      subtotal,
      delivery,
      total: plus(subtotal, delivery),
      pricesChanged: lines.some((line) => line.newPrice !== undefined),
      version: this.#version,
      unavailable: [...this.#unavailable].map(([productId, name]) => ({ productId, name })),
    };
  }

  set(id: string, quantity: number): void {
    this.#version++;
    this.#unavailable.delete(id);
    if (quantity === 0) this.#quantities.delete(id);
    else this.#quantities.set(id, quantity);
  }

  has(id: string): boolean {
    return this.#quantities.has(id) || this.#unavailable.has(id);
  }

  acceptPrices(): void {
    this.#version++;
    this.#acknowledgedPrices.clear();
  }

  /** Records that the price changes; the shopper has seen the previous one. */
  recordPriceChange(id: string, before: number): void {
    if (this.#quantities.has(id) && !this.#acknowledgedPrices.has(id)) this.#acknowledgedPrices.set(id, before);
  }

  withdraw({ id, name }: Product): void {
    if (!this.#quantities.delete(id)) return;
    this.#version++;
    this.#unavailable.set(id, name);
  }

  clear(): void {
    this.#version++;
    this.#quantities.clear();
    this.#acknowledgedPrices.clear();
  }
}
