import type { Queries } from '@tidewater/kit/database.ts';
import { notFound } from '@tidewater/kit/problems.ts';
import type { FastifyInstance } from 'fastify';
import { readPayment } from './payment-book.ts';
import { paymentInvariants, readBook } from './payment-invariants.ts';
import type { ProviderClient } from './provider-client.ts';

/**
 * | request | answer |
 * | --- | --- |
 * | GET /payments/{orderId} | `{orderId, state, goal, amount, card, reason}`, never the token; 404 |
 * | GET /invariants | `{ok, problems}` against the provider's books; 503 while it is away |
 */
export function paymentRoutes(app: FastifyInstance, database: Queries, provider: ProviderClient): void {
  app.get<{ readonly Params: { readonly id: string } }>('/payments/:id', async ({ params }) => {
    const payment = await readPayment(database, params.id);
    if (payment === undefined) throw notFound('There is no payment for this order.');
    const { orderId, state, goal, amount, card, reason } = payment;
    return { orderId, state, goal, amount, card, reason };
  });
  app.get('/invariants', async () => {
    // Ours first: what the provider did in between belongs to payments that are on their way in our list.
    const book = await readBook(database);
    return paymentInvariants(book, await provider.books());
  });
}
