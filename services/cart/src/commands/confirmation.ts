import type { Random } from '@outrigger/sdk';
import type { OrderRequest } from '@tidewater/contracts/events.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { withoutOldestCheckouts, isPending } from '../domain/cart-state.ts';
import type { Checkout, ClosedCheckout, PendingCheckout } from '../domain/cart-state.ts';
import type { Orders, Submission } from '../clients/order-client.ts';
import { orderNumber } from './order-number.ts';

export interface ConfirmationTimes {
  /** Until the order service is first queried; doubled with each attempt. */
  readonly firstMs: number;
}

const maxDelayMs = 10 * 60_000;
const abandonAfterMs = 24 * 3_600_000;
/** More wait only when the order service is unavailable; each holds a whole order. */
export const maxPending = 10;

export const nextAttemptDelay = (attempts: number, { firstMs }: ConfirmationTimes): number =>
  Math.min(maxDelayMs, firstMs * 2 ** Math.min(attempts, 20));

export interface Confirmation {
  readonly checkouts: Checkout[];
  /** Orders to be published again. */
  readonly publish: readonly OrderRequest[];
  /** Milliseconds until the next checkout is due; undefined when none is pending. */
  readonly nextInMs?: number;
}

export interface ConfirmationContext {
  readonly now: number;
  readonly random: Random;
  readonly orders: Orders;
  readonly times: ConfirmationTimes;
  readonly log: Log;
}

/**
 * Queries the order service for the order of each due checkout. A checkout whose order exists is closed; one whose order does
 * not is published again, under a new number when another order has its number.
 */
export async function confirmCheckouts(
  checkouts: readonly Checkout[],
  context: ConfirmationContext,
): Promise<Confirmation> {
  const { now } = context;
  const results = await Promise.all(
    checkouts.map(async (checkout): Promise<Attempt> =>
      isPending(checkout) && checkout.nextAttemptAt <= now ? confirmOne(checkout, context) : { checkout },
    ),
  );
  const next = results.map(({ checkout }) => checkout);
  const delays = next.filter(isPending).map(({ nextAttemptAt }) => nextAttemptAt - now);
  return {
    checkouts: withoutOldestCheckouts(next),
    publish: results.flatMap(({ publish }) => publish ?? []),
    ...(delays.length > 0 && { nextInMs: Math.max(0, Math.min(...delays)) }),
  };
}

interface Attempt {
  readonly checkout: Checkout;
  readonly publish?: OrderRequest;
}

async function confirmOne(checkout: PendingCheckout, context: ConfirmationContext): Promise<Attempt> {
  const { now, random, times, log } = context;
  const { orderId, request, replaced = [] } = checkout;
  const attempts = checkout.attempts + 1;
  const submission = await querySubmission(checkout, context);
  if (submission === 'yours') return { checkout: closed(checkout, 'placed') };
  const fields = { orderId, checkoutId: request.checkoutId, attempt: attempts };
  if (now - checkout.at >= abandonAfterMs) {
    log.error(
      { event: 'checkout-abandoned', ...fields },
      'an order was not created within a day, its checkout is abandoned',
    );
    return { checkout: closed(checkout, 'abandoned') };
  }
  const attempted = { ...checkout, attempts, nextAttemptAt: now + nextAttemptDelay(attempts, times) };
  switch (submission) {
    case undefined:
      return { checkout: attempted };
    case 'none':
      log.warn({ event: 'checkout-published-again', ...fields }, 'an order does not exist yet, publishing it again');
      return { checkout: attempted, publish: request };
    case 'taken': {
      const newId = orderNumber(random);
      log.warn(
        { event: 'order-number-taken', ...fields, newOrderId: newId },
        'an order number is taken, drawing another',
      );
      const renumbered = { ...request, orderId: newId };
      return {
        checkout: { ...attempted, orderId: newId, replaced: [...replaced, orderId], request: renumbered },
        publish: renumbered,
      };
    }
  }
}

async function querySubmission(
  { orderId, request, attempts }: PendingCheckout,
  { orders, log }: ConfirmationContext,
): Promise<Submission | undefined> {
  const { shopperId, checkoutId } = request;
  try {
    return await orders.submission({ orderId, shopperId, checkoutId });
  } catch (error) {
    // Without a response the order may exist: nothing is published again.
    log.warn(
      { event: 'confirmation-failed', orderId, attempt: attempts + 1, error },
      'the order service did not respond',
    );
    return undefined;
  }
}

/** Without personal data. */
function closed(checkout: PendingCheckout, state: ClosedCheckout['state']): ClosedCheckout {
  const { key, fingerprint, orderId, replaced } = checkout;
  return { state, key, fingerprint, orderId, ...(replaced && { replaced }) };
}
