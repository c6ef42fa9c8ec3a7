import type { QueryClient } from '@tanstack/react-query';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { applyCart } from '../data/live-updates.ts';
import { queryKeys } from '../data/query-keys.ts';
import type { ShopApi } from '../data/shop-api.ts';
import { cart as messages } from '../messages/en/cart.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(messages);

export const maxQuantity = 99;

/** The quantity of a product in the cart. */
export const quantityIn = (cart: CartView | undefined, productId: string): number =>
  cart?.lines.find((line) => line.product.id === productId)?.quantity ?? 0;

/** How many more of a product can be added: limited by the stock and by the maximum per cart line. */
export const addableQuantity = (
  cart: CartView | undefined,
  product: { readonly id: string; readonly available: number },
) => Math.max(0, Math.min(maxQuantity, product.available) - quantityIn(cart, product.id));

/** The result of an addition for the shopper; the count is 0 when the cart already held the maximum. */
export function addedText(count: number, name?: string): string {
  if (count === 0) return text('added.nothing');
  return name === undefined ? text('added.count', { count }) : text('added.product', { count, name });
}

/** Sends changes of the cart one after the other, so that two quick ones add up instead of overwriting each other. */
export class CartChangeQueue {
  readonly #api: Pick<ShopApi, 'cart' | 'setQuantity' | 'acceptPrices'>;
  readonly #client: QueryClient;
  #last: Promise<unknown> = Promise.resolve();

  constructor(api: Pick<ShopApi, 'cart' | 'setQuantity' | 'acceptPrices'>, client: QueryClient) {
    this.#api = api;
    this.#client = client;
  }

  /** Adds to the quantity in the cart, up to `max`. Resolves with how many were added. */
  async add(productId: string, quantity: number, max: number = maxQuantity): Promise<number> {
    let before = 0;
    const cart = await this.#changeQuantity(productId, (current) => {
      before = current;
      // The cart holds more than `max` when the stock has decreased: adding never removes anything.
      return Math.max(current, Math.min(current + quantity, max, maxQuantity));
    });
    return Math.max(0, quantityIn(cart, productId) - before);
  }

  /** Ensures at least this quantity; repeating it changes nothing. */
  ensureQuantity(productId: string, quantity: number): Promise<CartView> {
    return this.#changeQuantity(productId, (current) => Math.max(current, quantity));
  }

  /** 0 removes the line. */
  setQuantity(productId: string, quantity: number): Promise<CartView> {
    return this.#enqueue(() => this.#api.setQuantity(productId, quantity));
  }

  acceptPrices(): Promise<CartView> {
    return this.#enqueue(() => this.#api.acceptPrices());
  }

  #changeQuantity(productId: string, next: (current: number) => number): Promise<CartView> {
    return this.#enqueue(async () => {
      const cart = this.#client.getQueryData<CartView>(queryKeys.cart) ?? (await this.#api.cart());
      return this.#api.setQuantity(productId, next(quantityIn(cart, productId)));
    });
  }

  #enqueue(change: () => Promise<CartView>): Promise<CartView> {
    const queued = this.#last
      .catch(() => undefined)
      .then(change)
      .then((cart) => {
        applyCart(this.#client, cart);
        return cart;
      });
    this.#last = queued;
    return queued;
  }
}
