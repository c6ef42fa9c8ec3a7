import type { Messages } from '@tidewater/contracts/events.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { Database, Transaction } from '@tidewater/kit/database.ts';
import { handleIdempotently } from '@tidewater/kit/inbox.ts';
import type { Log } from '@tidewater/kit/log.ts';
import type { Outbox } from '@tidewater/kit/outbox.ts';
import { storeMessage } from '@tidewater/kit/store-events.ts';
import { readPayment } from '../queries/stored-payment.ts';
import type { StoredPayment } from '../queries/stored-payment.ts';
import { recordAuthorization, recordRequest } from './payment-records.ts';
import { outcomeEvent, nextStep } from '../domain/payment-state-machine.ts';
import type { Payment, PaymentGoal } from '../domain/payment-state-machine.ts';
import type { ProviderClient } from '../clients/provider-client.ts';

/** Brings the payment of an order to the state that the order requests. */
export interface PaymentHandler {
  /**
   * Handles one command of an order. Resolves when the payment has reached the goal and its event is in the outbox; rejects
   * when the provider is unavailable, and is then to be called again with the same event, or with a permanent error.
   */
  handle(eventId: string, goal: PaymentGoal, command: Messages['charge']): Promise<void>;
}

export interface PaymentHandlerOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly provider: ProviderClient;
  readonly log: Log;
}

// Authorize, capture, and a refund that came in between, each with one lost race.
const stepLimit = 8;

export function paymentHandler({ database, outbox, provider, log }: PaymentHandlerOptions): PaymentHandler {
  const publishOutcome = async (tx: Transaction, payment: Payment): Promise<void> => {
    const event = outcomeEvent(payment);
    if (event) await outbox.add(tx, storeMessage(event.type, event.data), payment.orderId);
  };

  /**
   * Calls the provider outside any transaction and stores its response in one, together with the event. A process that dies
   * in between leaves the row unchanged: the same request is sent again with the same idempotency key, and the provider
   * responds the same.
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
    async handle(eventId, goal, command) {
      const payment = await database.transaction((tx) => recordRequest(tx, goal, command));
      const isRepeated = nextStep(payment) === undefined;
      if (!isRepeated) await advance(payment);
      await handleIdempotently(database, eventId, async (tx) => {
        // The goal was reached before this event: its outcome is published again, in case the first one was lost.
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
