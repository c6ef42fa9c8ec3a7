import type { OrderRequest } from '@tidewater/contracts/events.ts';
import type { StoredLine } from './cart.ts';

export interface CartState {
  /** Grows by one with each change of the lines. */
  version: number;
  lines: StoredLine[];
  /** Oldest first; see `withoutOldestCheckouts`. */
  checkouts: Checkout[];
}

interface CheckoutIdentity {
  /** The idempotency key. */
  readonly key: string;
  /** Of the request that came with the key; absent in checkouts of earlier versions, which match every request. */
  readonly fingerprint?: string;
  readonly orderId: string;
  /** Order numbers that belonged to another order already, and were replaced by `orderId`. */
  readonly replaced?: readonly string[];
}

/** Published, but the order is not known to exist yet: all that is needed to publish it again is stored. */
export interface PendingCheckout extends CheckoutIdentity {
  readonly state: 'pending';
  readonly request: OrderRequest;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** How often the order service was queried. */
  readonly attempts: number;
  readonly nextAttemptAt: number;
}

/** Holds no personal data. */
export interface ClosedCheckout extends CheckoutIdentity {
  /** `placed`: the order exists. `abandoned`: that could not be found out within a day. */
  readonly state: 'placed' | 'abandoned';
}

export type Checkout = PendingCheckout | ClosedCheckout;

export const emptyCart = (): CartState => ({ version: 0, lines: [], checkouts: [] });

/** State as this version needs it, from what any version has saved. The argument is not changed. */
export function upgradeState(saved: unknown): CartState {
  const { version = 0, lines, checkouts } = saved as Partial<CartState>;
  return {
    version,
    lines: [...(lines ?? [])],
    // The first version stored key and order number only, and did not follow what became of the order.
    checkouts: (checkouts ?? []).map((checkout) => ({ ...checkout, state: checkout.state ?? 'placed' }) as Checkout),
  };
}

export const isPending = (checkout: Checkout): checkout is PendingCheckout => checkout.state === 'pending';

const maxPerState = 20;

/** Retains the newest 20 placed and the newest 20 abandoned checkouts; a pending one is never dropped. */
export function withoutOldestCheckouts(checkouts: readonly Checkout[]): Checkout[] {
  const newest = (state: Checkout['state']): readonly Checkout[] =>
    checkouts.filter((checkout) => checkout.state === state).slice(-maxPerState);
  const remaining = new Set([...newest('placed'), ...newest('abandoned')]);
  return checkouts.filter((checkout) => isPending(checkout) || remaining.has(checkout));
}

/** By idempotency key or by order number, also by one that was replaced. */
export function findCheckout(checkouts: readonly Checkout[], reference: string): Checkout | undefined {
  return (
    checkouts.findLast(({ key }) => key === reference) ??
    checkouts.findLast(({ orderId, replaced = [] }) => orderId === reference || replaced.includes(reference))
  );
}
