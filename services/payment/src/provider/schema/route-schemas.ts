import { cardTokenView } from '@tidewater/contracts/view-schemas.ts';
import { problemResponse } from '@tidewater/kit/route-schemas.ts';
import {
  authorization,
  authorizationParams,
  authorizationRequest,
  cardDetails,
  keyHeaders,
  ledgerPage,
  ledgerQuery,
  tokenHeaders,
} from './http.ts';

/** Of API documents: which key a route wants. */
const keySchema = (kind: 'publishable' | 'secret') => ({ tags: [`${kind} key`], security: [{ providerKey: [] }] });

export const tokenSchema = {
  ...keySchema('publishable'),
  summary: 'A token for a card of this customer; 422 for what is no card',
  headers: tokenHeaders,
  body: cardDetails,
  response: {
    200: cardTokenView,
    422: problemResponse('`card-invalid`, or `idempotency-key-reused`: the key belongs to another request'),
  },
};

export const authorizationSchema = {
  ...keySchema('secret'),
  summary: 'Authorize an amount; `declined` is a 200 with a reason; 422 `token-unknown`; 503 the bank does not respond',
  headers: keyHeaders,
  body: authorizationRequest,
  response: {
    200: authorization,
    422: problemResponse('`token-unknown`, or `idempotency-key-reused`: the key belongs to another request'),
    503: problemResponse('`issuer-unavailable`: the bank of the card does not respond'),
  },
};

const changeSummaries = {
  capture: 'Charge what is authorized; 409 in another status',
  void: 'Release what is authorized; 409 in another status',
  refund: 'Return what was charged; 409 in another status',
} as const;

export const changeSchema = (change: keyof typeof changeSummaries) => ({
  ...keySchema('secret'),
  summary: changeSummaries[change],
  headers: keyHeaders,
  params: authorizationParams,
  response: {
    200: authorization,
    409: problemResponse('`wrong-status`: nothing has changed'),
    422: problemResponse('`idempotency-key-reused`: the key belongs to another request'),
  },
});

export const ledgerSchema = {
  ...keySchema('secret'),
  summary: 'The authorizations, of one `reference` or all, oldest first',
  querystring: ledgerQuery,
  response: { 200: ledgerPage },
};
