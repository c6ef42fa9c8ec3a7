import { Type } from 'typebox';
import { cardSummary, currency, money, object } from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { invariants } from '@tidewater/contracts/view-schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { notFound, unavailable } from '@tidewater/kit/problems.ts';
import type { FastifyInstance } from 'fastify';
import { readBalances } from './queries/balances.ts';
import type { Balance } from './queries/balances.ts';
import type { PaymentGoal, PaymentState } from './domain/payment-state-machine.ts';
import { readPayment } from './queries/stored-payment.ts';
import { checkInvariants } from './queries/payment-invariants.ts';
import { ProviderUnavailableError } from './clients/provider-client.ts';
import type { ProviderClient } from './clients/provider-client.ts';

const paymentParams = object({ id });
const balancesRequest = object({ orderIds: Type.Array(id, { maxItems: 200 }) });

const staff = { config: { access: 'staff' } } as const;

const states: readonly PaymentState[] = ['requested', 'authorized', 'declined', 'captured', 'voided', 'refunded'];
const goals: readonly PaymentGoal[] = ['charge', 'unwind'];

const paymentView = object(
  {
    orderId: id,
    state: Type.String({ enum: [...states] }),
    goal: Type.String({ enum: [...goals] }),
    amount: money,
    card: Type.Optional(cardSummary),
    reason: Type.Optional(Type.String()),
  },
  { title: 'Payment', description: 'The payment' },
);
const balance = object({ orderId: id, captured: Type.Integer(), refunded: Type.Integer(), currency });
const balances = object(
  { balances: Type.Array(balance) },
  { title: 'Balances', description: 'What was captured and refunded, in cents' },
);

/** Payments and balances. The provider's token of a card is in no response. */
export function paymentRoutes(app: FastifyInstance, database: Queries, provider: ProviderClient): void {
  app.get<{ Params: ValueOf<typeof paymentParams> }>(
    '/payments/:id',
    { ...staff, schema: { summary: 'The payment of an order', params: paymentParams, response: { 200: paymentView } } },
    async ({ params }) => {
      const payment = await readPayment(database, params.id);
      if (payment === undefined) throw notFound('There is no payment for this order.');
      const { orderId, state, goal, amount, card, reason } = payment;
      return { orderId, state, goal, amount, card, reason };
    },
  );
  app.post<{ Body: ValueOf<typeof balancesRequest> }>(
    '/payments/balances',
    {
      schema: {
        summary: 'What was captured and refunded, for each order',
        body: balancesRequest,
        response: { 200: balances },
      },
    },
    async ({ body }): Promise<{ readonly balances: readonly Balance[] }> => ({
      balances: await readBalances(database, body.orderIds),
    }),
  );
  app.get(
    '/invariants',
    {
      ...staff,
      schema: {
        summary: "Whether payments agree with the provider's ledger; 503 while it is unavailable",
        response: { 200: invariants },
      },
    },
    async () => {
      try {
        return await checkInvariants(database, provider);
      } catch (error) {
        if (!(error instanceof ProviderUnavailableError)) throw error;
        throw Object.assign(unavailable('The ledger of the payment provider is unavailable. Try again in a moment.'), {
          cause: error,
        });
      }
    },
  );
}
