import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { Database, Transaction } from '@tidewater/kit/database.ts';
import { handleIdempotently } from '@tidewater/kit/inbox.ts';
import type { Log } from '@tidewater/kit/log.ts';
import type { Outbox } from '@tidewater/kit/outbox.ts';
import { storeEvent } from '@tidewater/kit/store-events.ts';
import { recordAuthorization, recordRequest, readPayment } from './payment-repository.ts';
import type { StoredPayment, OrderForPayment } from './payment-repository.ts';
import { outcomeEvent, nextStep } from './payment-state-machine.ts';
import type { Payment, PaymentGoal } from './payment-state-machine.ts';
import type { ProviderClient } from './provider-client.ts';

/** Brings the payment of an order to where the order wants it. */
export interface PaymentHandler {
  /**
   * Handles one event of an order. Resolves when the payment is there and the answer is written; rejects when the
   * provider is unavailable, and is then to be called again with the same event, or with a permanent error.
   */
  handle(eventId: string, goal: PaymentGoal, order: OrderForPayment): Promise<void>;
}

export interface PaymentHandlerOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly provider: ProviderClient;
  readonly log: Log;
}

// Authorize, capture, and a refund that came in between, with room for losing each race once.
const stepLimit = 8;

export function paymentHandler({ database, outbox, provider, log }: PaymentHandlerOptions): PaymentHandler {
  const publishOutcome = async (tx: Transaction, payment: Payment): Promise<void> => {
    const event = outcomeEvent(payment);
    if (event) await outbox.add(tx, storeEvent(event.type, event.data), payment.orderId);
  };

  /**
   * Asks the provider outside any transaction and writes down what it says in one, together with the event that tells
   * it. A process that dies in between leaves the row where it was: the same question is asked again, and the provider
   * answers the same.
   */
  const advance = async (from: StoredPayment): Promise<void> => {
    let payment: StoredPayment | undefined = from;
    for (let steps = 0; steps < stepLimit; steps++) {
      if (payment === undefined || nextStep(payment) === undefined) return;
      const requested: StoredPayment = payment;
      const authorization = await callProvider(provider, requested);
      payment = await database.transaction(async (tx) => {
        const stored = await recordAuthorization(tx, requested, authorization);
        if (stored) await publishOutcome(tx, stored);
        return stored;
      });
      if (payment) {
        const { orderId, state, goal } = payment;
        log.info({ event: 'payment-changed', orderId, state, goal }, `a payment is ${state}`);
      }
      payment ??= await readPayment(database, requested.orderId);
    }
    throw new Error(`payment of order ${from.orderId} did not settle in ${stepLimit} steps`);
  };

  return {
    async handle(eventId, goal, order) {
      const payment = await database.transaction((tx) => recordRequest(tx, goal, order));
      const isRepeated = nextStep(payment) === undefined;
      if (!isRepeated) await advance(payment);
      await handleIdempotently(database, eventId, async (tx) => {
        // Decided before this event came: tell it once more, in case the first telling was lost on somebody.
        if (isRepeated) await publishOutcome(tx, payment);
      });
    },
  };
}

function callProvider(provider: ProviderClient, payment: StoredPayment): Promise<Authorization> {
  const { orderId, token, customer, amount, authorizationId } = payment;
  const step = nextStep(payment);
  if (step === undefined || step === 'authorize') return provider.authorize({ orderId, token, customer, amount });
  if (authorizationId === undefined) throw new Error(`payment of order ${orderId} has no authorization to ${step}`);
  return provider.advance(step, { id: authorizationId, orderId, amount });
}
