import type { PaymentMethod } from '@tidewater/contracts/events.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import { ProblemError } from '@outrigger/sdk';
import type { Chance, Clock } from '@outrigger/sdk';
import type { Database } from '@tidewater/kit/database.ts';
import { badRequest, unavailable } from '@tidewater/kit/problems.ts';
import { integer, object, oneOf, text, validate } from '@tidewater/kit/validation.ts';
import { pause } from '@tidewater/kit/world.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answerOnce, knownAnswer } from './answer-once.ts';
import type { KeyedRequest } from './answer-once.ts';
import { checkCard } from './card.ts';
import type { CardBehaviour } from './card.ts';
import { changeAuthorization, countAttempt, enterAuthorization, keepCard, readBooks } from './provider-books.ts';

export interface ProviderParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly chance: Chance;
  /** How long a slow card takes to be authorized. */
  readonly slowMs: number;
}

/** How often a card that is down first answers 503 before it works. */
const downAttempts = 3;

const reasons: Partial<Record<CardBehaviour, string>> = {
  declined: 'The card was declined.',
  insufficientFunds: 'There is not enough money on the card.',
};

const authorizationRequest = object({
  token: text(),
  amount: object({ amount: integer(1, 100_000_000), currency: oneOf('EUR') }),
  reference: text(),
});

/** The provider's API as `services/contracts/src/payment-provider.ts` describes it. */
export function providerRoutes(app: FastifyInstance, { database, clock, chance, slowMs }: ProviderParts): void {
  const id = (kind: string): string => `${kind}_${chance.uuid().replaceAll('-', '')}`;

  app.post('/tokens', { bodyLimit: 16 << 10 }, async (request): Promise<PaymentMethod> => {
    const { card, errors } = checkCard(request.body, clock.now());
    if (errors) {
      const detail = errors.map(({ message }) => message).join(' ');
      throw new ProblemError({ type: 'card-invalid', status: 422, title: 'This card cannot be used', detail, errors });
    }
    const key = keyOf(request);
    if (key === undefined) return keepCard(database, id('tok'), card);
    return answerOnce(database, { key, request: 'tokens' }, (tx) => keepCard(tx, id('tok'), card));
  });

  app.post('/authorizations', async (request): Promise<Authorization> => {
    const { token, amount, reference } = validate(authorizationRequest, request.body, 'The authorization');
    const keyed = keyedBy(request, [token, amount.amount, reference]);
    const known = await knownAnswer<Authorization>(database, keyed);
    if (known) return known.body;
    const attempt = await countAttempt(database, token);
    if (attempt === undefined) {
      const detail = 'This card is not known here. Enter it again.';
      throw new ProblemError({ type: 'token-unknown', status: 422, title: 'Card not known', detail });
    }
    const { behaviour, attempts } = attempt;
    if (behaviour === 'downThenUp' && attempts <= downAttempts) throw unavailable('The bank does not answer.');
    if (behaviour === 'slow') await pause(clock, slowMs);
    const entry = { id: id('auth'), reference, token, amount: amount.amount, reason: reasons[behaviour] };
    return answerOnce(database, keyed, (tx) => enterAuthorization(tx, entry));
  });

  for (const change of ['capture', 'void', 'refund'] as const) {
    app.post<{ Params: { id: string } }>(`/authorizations/:id/${change}`, (request): Promise<Authorization> =>
      answerOnce(database, keyedBy(request, []), (tx) => changeAuthorization(tx, request.params.id, change)),
    );
  }

  app.get<{ Querystring: { reference?: string } }>('/authorizations', ({ query }) =>
    readBooks(database, query.reference),
  );
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key.slice(0, 300) : undefined;
}

function keyedBy(request: FastifyRequest, parts: readonly unknown[]): KeyedRequest {
  const key = keyOf(request);
  if (key === undefined) throw badRequest('Send an idempotency-key header, so that nothing is charged twice.');
  return { key, request: JSON.stringify([request.url, ...parts]) };
}
