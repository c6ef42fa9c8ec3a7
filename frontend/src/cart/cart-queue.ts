import type { CartView } from '@tidewater/contracts/storefront.ts';
import { queryKeys } from '../data/live-updates.ts';
import type { ResourceCache } from '../data/resource-cache.ts';
import { countOf } from '../format/count.ts';
import type { ShopApi } from '../data/shop-api.ts';

export const maxQuantity = 99;

/** How many of a product are in the cart. */
export const quantityIn = (cart: CartView | undefined, productId: string): number =>
  cart?.lines.find((line) => line.product.id === productId)?.quantity ?? 0;

/** How many more of a product can go into the cart: no more than there are, and than one cart may hold. */
export const addableQuantity = (
  cart: CartView | undefined,
  product: { readonly id: string; readonly available: number },
) => Math.max(0, Math.min(maxQuantity, product.available) - quantityIn(cart, product.id));

/** What an addition came to; the cart may have held all that can be ordered. */
export function addedText(count: number, name?: string): string {
  if (count === 0) return 'Nothing added: the cart holds all that can be ordered.';
  return name === undefined ? `${countOf(count, 'thing')} added.` : `${count} × ${name} added to the cart.`;
}

/** Changes of the cart, one after the other, so that two quick ones add up instead of overwriting each other. */
export class CartQueue {
  readonly #api: Pick<ShopApi, 'cart' | 'setQuantity' | 'acceptPrices'>;
  readonly #cache: ResourceCache;
  #last: Promise<unknown> = Promise.resolve();

  constructor(api: Pick<ShopApi, 'cart' | 'setQuantity' | 'acceptPrices'>, cache: ResourceCache) {
    this.#api = api;
    this.#cache = cache;
  }

  /** Adds to what is in the cart already, up to `most` of one product. Resolves with how many were added. */
  async add(productId: string, quantity: number, max: number = maxQuantity): Promise<number> {
    let before = 0;
    const cart = await this.#changeQuantity(productId, (current) => {
      before = current;
      // More than `most` are there when the stock went down meanwhile: adding takes nothing away.
      return Math.max(current, Math.min(current + quantity, max, maxQuantity));
    });
    return Math.max(0, quantityIn(cart, productId) - before);
  }

  /** At least so many are in the cart afterwards, however often it is asked. */
  ensureQuantity(productId: string, quantity: number): Promise<CartView> {
    return this.#changeQuantity(productId, (current) => Math.max(current, quantity));
  }

  /** 0 removes. */
  setQuantity(productId: string, quantity: number): Promise<CartView> {
    return this.#enqueue(() => this.#api.setQuantity(productId, quantity));
  }

  acceptPrices(): Promise<CartView> {
    return this.#enqueue(() => this.#api.acceptPrices());
  }

  #changeQuantity(productId: string, next: (current: number) => number): Promise<CartView> {
    return this.#enqueue(async () => {
      const cart = (this.#cache.read(queryKeys.cart).data as CartView | undefined) ?? (await this.#api.cart());
      return this.#api.setQuantity(productId, next(quantityIn(cart, productId)));
    });
  }

  #enqueue(change: () => Promise<CartView>): Promise<CartView> {
    const queued = this.#last
      .catch(() => undefined)
      .then(change)
      .then((cart) => {
        this.#cache.set(queryKeys.cart, cart);
        return cart;
      });
    this.#last = queued;
    return queued;
  }
}
