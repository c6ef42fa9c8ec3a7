import type { CartView } from '@tidewater/contracts/storefront.ts';
import { keyOf } from '../data/live-news.ts';
import type { ResourceCache } from '../data/resource-cache.ts';
import type { ShopApi } from '../data/shop-api.ts';

export const mostOfOne = 99;

/** Changes of the cart, one after the other, so that two quick ones add up instead of overwriting each other. */
export class CartKeeper {
  readonly #api: Pick<ShopApi, 'cart' | 'setQuantity' | 'acceptPrices'>;
  readonly #cache: ResourceCache;
  #last: Promise<unknown> = Promise.resolve();

  constructor(api: Pick<ShopApi, 'cart' | 'setQuantity' | 'acceptPrices'>, cache: ResourceCache) {
    this.#api = api;
    this.#cache = cache;
  }

  /** Adds to what is in the cart already, up to 99 of one product. */
  add(productId: string, quantity: number): Promise<CartView> {
    return this.#change(productId, (has) => Math.min(has + quantity, mostOfOne));
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
      const has = cart.lines.find((line) => line.product.id === productId)?.quantity ?? 0;
      return this.#api.setQuantity(productId, next(has));
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
