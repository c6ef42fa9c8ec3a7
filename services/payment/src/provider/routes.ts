import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import type { CardToken } from '@tidewater/contracts/storefront.ts';
import { ProblemError } from '@outrigger/sdk';
import type { Random, Clock } from '@outrigger/sdk';
import type { Database } from '@tidewater/kit/database.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { sendProblem } from '@tidewater/kit/problems.ts';
import { pause } from '@tidewater/kit/service-context.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { requireKeys } from './routes/access.ts';
import type { ProviderKeys } from './domain/keys.ts';
import { respondIdempotently, storedResponse } from './commands/idempotent-response.ts';
import { checkCard } from './domain/card.ts';
import type { CardBehaviour } from './domain/card.ts';
import { cardFingerprint } from './commands/fingerprint.ts';
import {
  changeAuthorization,
  countAttempt,
  insertAuthorization,
  storeCard,
  readLedger,
} from './commands/provider-ledger.ts';
import type {
  authorizationParams,
  authorizationRequest,
  cardDetails,
  keyHeaders,
  ledgerQuery,
  tokenHeaders,
} from './schema/http.ts';
import { authorizationSchema, changeSchema, ledgerSchema, tokenSchema } from './schema/route-schemas.ts';

export interface ProviderParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly keys: ProviderKeys;
  /** The HMAC key of fingerprints. */
  readonly fingerprintSecret: string;
  /** How long a slow card takes to be authorized. */
  readonly slowMs: number;
}

/** How many attempts with a `downThenUp` card are 503 before it works. */
const downAttempts = 3;

/** Default page size of the ledger. */
const pageSize = 100;

const reasons: Partial<Record<CardBehaviour, string>> = {
  declined: 'The card was declined.',
  insufficientFunds: 'There is not enough money on the card.',
};

/** To the service's own access check these are public: callers are known by the provider's keys, which are checked here. */
const open = { access: 'public' } as const;

/** The provider's API as `services/contracts/src/payment-provider.ts` describes it. */
export function providerRoutes(app: FastifyInstance, parts: ProviderParts): void {
  void app.register((routes, _options, done) => {
    requireKeys(routes, parts.keys);
    tokenRoutes(routes, parts);
    authorizationRoutes(routes, parts);
    done();
  });
}

function tokenRoutes(app: FastifyInstance, { database, clock, random, fingerprintSecret }: ProviderParts): void {
  app.post<{ Headers: ValueOf<typeof tokenHeaders>; Body: ValueOf<typeof cardDetails> }>(
    '/tokens',
    {
      bodyLimit: 16 << 10,
      config: { ...open, providerKey: 'publishable' },
      schema: tokenSchema,
    },
    async ({ headers, body }): Promise<CardToken> => {
      const { card, errors } = checkCard(body, clock.now());
      if (errors) {
        const detail = errors.map(({ message }) => message).join(' ');
        throw new ProblemError({
          type: 'card-invalid',
          status: 422,
          title: 'This card cannot be used',
          detail,
          errors,
        });
      }
      const { 'x-customer': customer, 'idempotency-key': key } = headers;
      const token = newId('tok', random);
      if (key === undefined) return storeCard(database, token, customer, card);
      const request = `tokens ${cardFingerprint(fingerprintSecret, body)}`;
      const keyed = { kind: 'publishable', customer, key, request } as const;
      return respondIdempotently(database, keyed, (tx) => storeCard(tx, token, customer, card));
    },
  );
}

function authorizationRoutes(app: FastifyInstance, { database, clock, random, log, slowMs }: ProviderParts): void {
  app.post<{ Headers: ValueOf<typeof keyHeaders>; Body: ValueOf<typeof authorizationRequest> }>(
    '/authorizations',
    { config: open, schema: authorizationSchema },
    async ({ headers, body }, reply): Promise<Authorization | FastifyReply> => {
      const { token, amount, reference, customer } = body;
      const key = headers['idempotency-key'];
      const request = JSON.stringify(['/authorizations', token, amount.amount, reference]);
      const keyed = { kind: 'secret', customer, key, request } as const;
      const stored = await storedResponse<Authorization>(database, keyed);
      if (stored) return stored.body;
      const attempt = await countAttempt(database, token, customer);
      if (attempt === undefined) throw tokenUnknown();
      const { behaviour, attempts, brand, last4 } = attempt;
      if (behaviour === 'downThenUp' && attempts <= downAttempts) {
        log.info({ reference, attempt: attempts, of: downAttempts }, "simulating that this test card's bank is down");
        return sendProblem(reply, issuerUnavailable().problem);
      }
      if (behaviour === 'slow') await pause(clock, slowMs);
      const card = { brand, last4 };
      const id = newId('auth', random);
      const entry = { id, reference, token, amount: amount.amount, card, reason: reasons[behaviour] };
      return respondIdempotently(database, keyed, (tx) => insertAuthorization(tx, entry));
    },
  );

  for (const change of ['capture', 'void', 'refund'] as const) {
    app.post<{ Headers: ValueOf<typeof keyHeaders>; Params: ValueOf<typeof authorizationParams> }>(
      `/authorizations/:id/${change}`,
      { config: open, schema: changeSchema(change) },
      ({ headers, params: { id } }): Promise<Authorization> => {
        const request = JSON.stringify([`/authorizations/${id}/${change}`]);
        const keyed = { kind: 'secret', customer: '', key: headers['idempotency-key'], request } as const;
        return respondIdempotently(database, keyed, (tx) => changeAuthorization(tx, id, change));
      },
    );
  }

  app.get<{ Querystring: ValueOf<typeof ledgerQuery> }>(
    '/authorizations',
    { config: open, schema: ledgerSchema },
    ({ query: { reference, limit = pageSize, after } }) => readLedger(database, { reference, limit, after }),
  );
}

const newId = (kind: string, random: Random): string => `${kind}_${random.uuid().replaceAll('-', '')}`;

/** The same for a token that does not exist and for another customer's: nobody learns which tokens there are. */
const tokenUnknown = (): Error =>
  new ProblemError({
    type: 'token-unknown',
    status: 422,
    title: 'Card not known',
    detail: 'This card is not known here. Enter it again.',
  });

/** The card's bank is down, not this provider: other cards work. */
const issuerUnavailable = (): ProblemError =>
  new ProblemError({
    type: 'issuer-unavailable',
    status: 503,
    title: 'Not available right now',
    detail: 'The bank does not respond.',
    // So that nobody looks for a failure of the store.
    isSimulated: true,
  });
