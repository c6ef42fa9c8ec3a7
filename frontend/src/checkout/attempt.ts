import type { CartView } from '@tidewater/contracts/storefront.ts';

const storageKey = 'tidewater.attempt';

/** The used subset of `sessionStorage`. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface OpenAttempt {
  readonly key: string;
  /** Of the cart that it buys. */
  readonly cartFingerprint: string;
}

/**
 * One attempt to buy one cart, from sending its request until its outcome is known. Its idempotency key survives a
 * reload, so that an attempt whose response was lost can be looked up or repeated without buying twice. Holds no card
 * and no token.
 */
export class CheckoutAttempt {
  readonly #storage: KeyValueStorage;
  readonly #newKey: () => string;

  constructor(storage: KeyValueStorage, newKey: () => string) {
    this.#storage = storage;
    this.#newKey = newKey;
  }

  /** The idempotency key for this cart: that of the open attempt when it is for the same cart, else a new one. */
  begin(cart: CartView): string {
    const cartFingerprint = fingerprint(cart);
    const open = this.open;
    if (open?.cartFingerprint === cartFingerprint) return open.key;
    const key = this.#newKey();
    this.#storage.setItem(storageKey, JSON.stringify({ key, cartFingerprint }));
    return key;
  }

  /** The attempt that was sent and whose outcome is unknown. */
  get open(): OpenAttempt | undefined {
    try {
      const stored: unknown = JSON.parse(this.#storage.getItem(storageKey) ?? 'null');
      if (typeof stored !== 'object' || stored === null) return undefined;
      if (!('key' in stored) || !('cartFingerprint' in stored)) return undefined;
      return { key: String(stored.key), cartFingerprint: String(stored.cartFingerprint) };
    } catch {
      // An unreadable entry is ignored.
      return undefined;
    }
  }

  /** Closes the attempt, so that the next click is a new one. */
  settle(): void {
    this.#storage.removeItem(storageKey);
  }
}

/**
 * Equal for carts with the same total and lines. The version is not part of it, because the checkout itself changes it.
 */
export const fingerprint = (cart: CartView): string =>
  `${cart.total.amount}:${cart.lines
    .map((line) => `${line.product.id}x${line.quantity}`)
    .toSorted()
    .join()}`;
