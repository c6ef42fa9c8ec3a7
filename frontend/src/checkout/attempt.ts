import type { CartView } from '@tidewater/contracts/storefront.ts';

const storageKey = 'tidewater.attempt';

/** As much of sessionStorage as is needed. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface OpenAttempt {
  readonly key: string;
  /** Which cart it buys. */
  readonly print: string;
}

/**
 * One attempt to buy one cart, from the moment its request is sent until its outcome is known. Its key survives a reload,
 * so that an attempt whose answer was lost can be looked up, or repeated as the same attempt and buy once. Holds no card
 * and no token.
 */
export class CheckoutAttempt {
  readonly #storage: KeyValueStorage;
  readonly #newKey: () => string;

  constructor(storage: KeyValueStorage, newKey: () => string) {
    this.#storage = storage;
    this.#newKey = newKey;
  }

  /** The key to send with this cart: of the open attempt when that is for the same cart, else a new one. */
  begin(cart: CartView): string {
    const print = fingerprint(cart);
    const open = this.open;
    if (open?.print === print) return open.key;
    const key = this.#newKey();
    this.#storage.setItem(storageKey, JSON.stringify({ key, print }));
    return key;
  }

  /** The attempt that was sent and whose outcome is not known. */
  get open(): OpenAttempt | undefined {
    try {
      const stored: unknown = JSON.parse(this.#storage.getItem(storageKey) ?? 'null');
      if (typeof stored !== 'object' || stored === null || !('key' in stored) || !('print' in stored)) return undefined;
      return { key: String(stored.key), print: String(stored.print) };
    } catch {
      // What we cannot read is not an attempt of ours.
      return undefined;
    }
  }

  /** The outcome is known, so that the next press of the button is a new attempt. */
  settle(): void {
    this.#storage.removeItem(storageKey);
  }
}

/** Equal for carts that cost the same and hold the same; the version also changes with the checkout itself. */
export const fingerprint = (cart: CartView): string =>
  `${cart.total.amount}:${cart.lines
    .map((line) => `${line.product.id}x${line.quantity}`)
    .toSorted()
    .join()}`;
