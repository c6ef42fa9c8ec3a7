import type { CartView } from '@tidewater/contracts/storefront.ts';
import { keyOf } from '../data/live-news.ts';
import type { ResourceCache } from '../data/resource-cache.ts';
import { countOf } from '../format/count.ts';
import type { ShopApi } from '../data/shop-api.ts';

export const mostOfOne = 99;

/** How many of a product are in the cart. */
export const quantityIn = (cart: CartView | undefined, productId: string): number =>
  cart?.lines.find((line) => line.product.id === productId)?.quantity ?? 0;

/** How many more of a product can go into the cart: no more than there are, and than one cart may hold. */
export const roomFor = (cart: CartView | undefined, product: { readonly id: string; readonly available: number }) =>
  Math.max(0, Math.min(mostOfOne, product.available) - quantityIn(cart, product.id));

/** What an addition came to; the cart may have held all that can be ordered. */
export function addedText(count: number, name?: string): string {
  if (count === 0) return 'Nothing added: the cart holds all that can be ordered.';
  return name === undefined ? `${countOf(count, 'thing')} added.` : `${count} × ${name} added to the cart.`;
}

/** Changes of the cart, one after the other, so that two quick ones add up instead of overwriting each other. */
export class CartKeeper {
  readonly #api: Pick<ShopApi, 'cart' | 'setQuantity' | 'acceptPrices'>;
  readonly #cache: ResourceCache;
  #last: Promise<unknown> = Promise.resolve();

  constructor(api: Pick<ShopApi, 'cart' | 'setQuantity' | 'acceptPrices'>, cache: ResourceCache) {
    this.#api = api;
    this.#cache = cache;
  }

  /** Adds to what is in the cart already, up to `most` of one product. Resolves with how many were added. */
  async add(productId: string, quantity: number, most: number = mostOfOne): Promise<number> {
    let before = 0;
    const cart = await this.#change(productId, (has) => {
      before = has;
      // More than `most` are there when the stock went down meanwhile: adding takes nothing away.
      return Math.max(has, Math.min(has + quantity, most, mostOfOne));
    });
    return Math.max(0, quantityIn(cart, productId) - before);
  }

  /** At least so many are in the cart afterwards, however often it is asked. */
  addUpTo(productId: string, quantity: number): Promise<CartView> {
    return this.#change(productId, (has) => Math.max(has, quantity));
  }

  /** 0 removes. */
  setQuantity(productId: string, quantity: number): Promise<CartView> {
    return this.#inTurn(() => this.#api.setQuantity(productId, quantity));
  }

  acceptPrices(): Promise<CartView> {
    return this.#inTurn(() => this.#api.acceptPrices());
  }

  #change(productId: string, next: (has: number) => number): Promise<CartView> {
    return this.#inTurn(async () => {
      const cart = (this.#cache.read(keyOf.cart).data as CartView | undefined) ?? (await this.#api.cart());
      return this.#api.setQuantity(productId, next(quantityIn(cart, productId)));
    });
  }

  #inTurn(change: () => Promise<CartView>): Promise<CartView> {
    const turn = this.#last
      .catch(() => undefined)
      .then(change)
      .then((cart) => {
        this.#cache.set(keyOf.cart, cart);
        return cart;
      });
    this.#last = turn;
    return turn;
  }
}
