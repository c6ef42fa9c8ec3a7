import type { CartView } from '@tidewater/contracts/storefront.ts';

const attemptEntry = 'tidewater.attempt';
const placedEntry = 'tidewater.placed';

/** As much of sessionStorage as is needed. */
export type Memory = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * One attempt to buy one cart. Its key survives a reload, so that an attempt whose answer was never seen is repeated as the
 * same attempt and buys once. A changed cart is another attempt. Holds no card and no token.
 */
export class CheckoutAttempt {
  readonly #memory: Memory;
  readonly #newKey: () => string;

  constructor(memory: Memory, newKey: () => string) {
    this.#memory = memory;
    this.#newKey = newKey;
  }

  keyFor(cart: CartView): string {
    const print = fingerprint(cart);
    const kept = this.#read();
    if (kept?.print === print) return kept.key;
    const key = this.#newKey();
    this.#memory.setItem(attemptEntry, JSON.stringify({ key, print }));
    return key;
  }

  /** An attempt was sent and its answer never came. */
  get isOpen(): boolean {
    return this.#read() !== undefined;
  }

  /** The shop has answered, so that the next press of the button is a new attempt. */
  settle(orderId?: string): void {
    this.#memory.removeItem(attemptEntry);
    if (orderId !== undefined) this.#memory.setItem(placedEntry, orderId);
  }

  #read(): { readonly key: string; readonly print: string } | undefined {
    try {
      const kept: unknown = JSON.parse(this.#memory.getItem(attemptEntry) ?? 'null');
      if (typeof kept !== 'object' || kept === null || !('key' in kept) || !('print' in kept)) return undefined;
      return { key: String(kept.key), print: String(kept.print) };
    } catch {
      // What is not ours to read is not an attempt of ours.
      return undefined;
    }
  }
}

/** An order placed here a moment ago may still be on its way to the order book. */
export const wasJustPlaced = (memory: Memory, orderId: string): boolean => memory.getItem(placedEntry) === orderId;

const fingerprint = (cart: CartView): string =>
  `${cart.total.amount}:${cart.lines
    .map((line) => `${line.product.id}x${line.quantity}`)
    .toSorted()
    .join()}`;
