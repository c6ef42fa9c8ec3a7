import { Type } from 'typebox';
import { object } from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { notFound, unavailable } from '@tidewater/kit/problems.ts';
import type { FastifyInstance } from 'fastify';
import { readBalances } from './queries/balances.ts';
import type { Balance } from './queries/balances.ts';
import { readPayment } from './queries/stored-payment.ts';
import { checkInvariants } from './queries/payment-invariants.ts';
import { ProviderUnavailableError } from './clients/provider-client.ts';
import type { ProviderClient } from './clients/provider-client.ts';

const paymentParams = object({ id });
const balancesRequest = object({ orderIds: Type.Array(id, { maxItems: 200 }) });

const staff = { config: { access: 'staff' } } as const;

/**
 * | request | caller | response |
 * | --- | --- | --- |
 * | GET /payments/{orderId} | staff | `{orderId, state, goal, amount, card, reason}`, never the token; 404 |
 * | POST /payments/balances `{orderIds}` | own sidecar | `{balances: [{orderId, captured, refunded, currency}]}`, one for each id |
 * | GET /invariants | staff | `{ok, problems}` against the provider's ledger; 503 while it is unavailable |
 */
export function paymentRoutes(app: FastifyInstance, database: Queries, provider: ProviderClient): void {
  app.get<{ Params: ValueOf<typeof paymentParams> }>(
    '/payments/:id',
    { ...staff, schema: { params: paymentParams } },
    async ({ params }) => {
      const payment = await readPayment(database, params.id);
      if (payment === undefined) throw notFound('There is no payment for this order.');
      const { orderId, state, goal, amount, card, reason } = payment;
      return { orderId, state, goal, amount, card, reason };
    },
  );
  app.post<{ Body: ValueOf<typeof balancesRequest> }>(
    '/payments/balances',
    { schema: { body: balancesRequest } },
    async ({ body }): Promise<{ readonly balances: readonly Balance[] }> => ({
      balances: await readBalances(database, body.orderIds),
    }),
  );
  app.get('/invariants', staff, async () => {
    try {
      return await checkInvariants(database, provider);
    } catch (error) {
      if (!(error instanceof ProviderUnavailableError)) throw error;
      throw Object.assign(unavailable('The ledger of the payment provider is unavailable. Try again in a moment.'), {
        cause: error,
      });
    }
  });
}
