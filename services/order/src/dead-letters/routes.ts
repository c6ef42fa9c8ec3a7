import { Type } from 'typebox';
import type { FastifyInstance } from 'fastify';
import { object } from '@tidewater/contracts/schemas.ts';
import { deadLetterNotFound } from './operator.ts';
import type { DeadLetterOperator } from './operator.ts';
import { deadLetterStates } from './repository.ts';
import type { DeadLetterQuery, DeadLetterRepository, StoredDeadLetter } from './repository.ts';

const letterId = Type.String({ pattern: String.raw`^\d{1,18}$`, 'x-message': 'must be the number of a dead letter' });
const listQuery = object({
  state: Type.Optional(Type.String({ enum: [...deadLetterStates] })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  before: Type.Optional(letterId),
});
const oneParams = object({ id: letterId });
const idsBody = object({ ids: Type.Array(letterId, { minItems: 1, maxItems: 200 }) });

interface OneRequest {
  readonly Params: { readonly id: string };
}

interface ManyRequest {
  readonly Body: { readonly ids: readonly string[] };
}

const staff = { access: 'staff' } as const;
const one = { config: staff, schema: { params: oneParams } };
const many = { config: staff, schema: { body: idsBody } };

/** For staff; see README.md for the responses. */
export function deadLetterRoutes(
  letters: DeadLetterRepository,
  operator: DeadLetterOperator,
): (app: FastifyInstance) => void {
  return (app) => {
    app.get<{ Querystring: Partial<DeadLetterQuery> }>(
      '/dead-letters',
      { config: staff, schema: { querystring: listQuery } },
      async ({ query: { limit = 50, ...query } }) => {
        const found = await letters.list({ ...query, limit });
        const last = found.at(-1);
        return {
          deadLetters: found.map(summaryOf),
          ...(last !== undefined && found.length === limit && { before: last.id }),
        };
      },
    );
    app.get<OneRequest>('/dead-letters/:id', one, async ({ params }) => {
      const letter = await letters.find(params.id);
      if (letter === undefined) throw deadLetterNotFound(params.id);
      return { ...summaryOf(letter), event: JSON.parse(letter.event) as unknown };
    });
    app.post<OneRequest>('/dead-letters/:id/redrive', one, async ({ params }) =>
      summaryOf((await operator.redrive(params.id)).letter),
    );
    app.post<OneRequest>('/dead-letters/:id/discard', one, async ({ params }) =>
      summaryOf((await operator.discard(params.id)).letter),
    );
    app.post<ManyRequest>('/dead-letters/redrive', many, ({ body }) =>
      operator.all(body.ids, (id) => operator.redrive(id)),
    );
    app.post<ManyRequest>('/dead-letters/discard', many, ({ body }) =>
      operator.all(body.ids, (id) => operator.discard(id)),
    );
  };
}

/** Without the event: it holds personal data, and is shown one at a time. */
function summaryOf(letter: StoredDeadLetter) {
  const { id, state, app, topic, eventId, eventType, orderId, reason, attempts, traceparent } = letter;
  return {
    id,
    state,
    consumer: app,
    topic,
    eventId,
    eventType,
    orderId,
    reason,
    attempts,
    traceId: traceparent?.slice(3, 35),
    receivedAt: letter.receivedAt.toISOString(),
    decidedAt: letter.decidedAt?.toISOString(),
  };
}
