import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import type { FastifyInstance } from 'fastify';
import { object } from '@tidewater/contracts/schemas.ts';
import { timestamp } from '@tidewater/contracts/text-schemas.ts';
import { deadLetterNotFound } from './operator.ts';
import type { DeadLetterOperator } from './operator.ts';
import { deadLetterStates } from './repository.ts';
import type { DeadLetterQuery, DeadLetterRepository, StoredDeadLetter } from './repository.ts';

const deadLetterId = Type.String({
  pattern: String.raw`^\d{1,18}$`,
  'x-message': 'must be the number of a dead letter',
});
const listQuery = object({
  state: Type.Optional(Type.String({ enum: [...deadLetterStates] })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  before: Type.Optional(deadLetterId),
});
const singleParams = object({ id: deadLetterId });
const idsBody = object({ ids: Type.Array(deadLetterId, { minItems: 1, maxItems: 200 }) });

interface SingleRequest {
  readonly Params: { readonly id: string };
}

interface BulkRequest {
  readonly Body: { readonly ids: readonly string[] };
}

const optionalText = Type.Optional(Type.String());
const deadLetterMembers = {
  id: deadLetterId,
  state: Type.String({ enum: [...deadLetterStates] }),
  consumer: Type.String(),
  topic: Type.String(),
  eventId: Type.String(),
  eventType: Type.String(),
  orderId: optionalText,
  reason: Type.String(),
  attempts: Type.Optional(Type.Integer()),
  traceId: optionalText,
  receivedAt: timestamp,
  decidedAt: Type.Optional(timestamp),
};
const deadLetter = object(deadLetterMembers, { title: 'DeadLetter', description: 'The dead letter without its event' });
const deadLetterWithEvent = object(
  { ...deadLetterMembers, event: Type.Unknown() },
  { title: 'DeadLetterWithEvent', description: 'The dead letter with its event' },
);
const deadLetterPage = object(
  { deadLetters: Type.Array(deadLetter), before: Type.Optional(deadLetterId) },
  { title: 'DeadLetterPage', description: 'Dead letters; `before` is for the next page' },
);
const decisions = object(
  { done: Type.Array(deadLetterId), failed: Type.Array(object({ id: deadLetterId, reason: Type.String() })) },
  { title: 'Decisions', description: 'Which were closed, and why others were not' },
);

const staff = { access: 'staff' } as const;
const single = (summary: string, response: TSchema) => ({
  config: staff,
  schema: { summary, params: singleParams, response: { 200: response } },
});
const bulk = (summary: string) => ({
  config: staff,
  schema: { summary, body: idsBody, response: { 200: decisions } },
});

/** For staff. */
export function deadLetterRoutes(
  deadLetters: DeadLetterRepository,
  operator: DeadLetterOperator,
): (app: FastifyInstance) => void {
  return (app) => {
    app.get<{ Querystring: Partial<DeadLetterQuery> }>(
      '/dead-letters',
      {
        config: staff,
        schema: {
          summary: 'Dead letters, newest first, without the events',
          querystring: listQuery,
          response: { 200: deadLetterPage },
        },
      },
      async ({ query: { limit = 50, ...query } }) => {
        const listed = await deadLetters.list({ ...query, limit });
        const last = listed.at(-1);
        return {
          deadLetters: listed.map(summaryOf),
          ...(last !== undefined && listed.length === limit && { before: last.id }),
        };
      },
    );
    app.get<SingleRequest>(
      '/dead-letters/:id',
      single('A dead letter with its event', deadLetterWithEvent),
      async ({ params }) => {
        const stored = await deadLetters.find(params.id);
        if (stored === undefined) throw deadLetterNotFound(params.id);
        return { ...summaryOf(stored), event: JSON.parse(stored.event) as unknown };
      },
    );
    app.post<SingleRequest>(
      '/dead-letters/:id/redrive',
      single('Publish it again; 409 once it is closed', deadLetter),
      async ({ params }) => summaryOf((await operator.redrive(params.id)).deadLetter),
    );
    app.post<SingleRequest>(
      '/dead-letters/:id/discard',
      single('Discard it; 409 once it is closed', deadLetter),
      async ({ params }) => summaryOf((await operator.discard(params.id)).deadLetter),
    );
    app.post<BulkRequest>(
      '/dead-letters/redrive',
      bulk('Publish several again: `{done, failed: [{id, reason}]}`'),
      ({ body }) => operator.decideAll(body.ids, (id) => operator.redrive(id)),
    );
    app.post<BulkRequest>(
      '/dead-letters/discard',
      bulk('Discard several: `{done, failed: [{id, reason}]}`'),
      ({ body }) => operator.decideAll(body.ids, (id) => operator.discard(id)),
    );
  };
}

/** Without the event: it holds personal data, and is shown one at a time. */
function summaryOf(deadLetter: StoredDeadLetter) {
  const { id, state, app, topic, eventId, eventType, orderId, reason, attempts, traceparent } = deadLetter;
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
    receivedAt: deadLetter.receivedAt.toISOString(),
    decidedAt: deadLetter.decidedAt?.toISOString(),
  };
}
