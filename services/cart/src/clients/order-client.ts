import { Type } from 'typebox';
import type { DaprClient } from '@outrigger/sdk';
import { object } from '@tidewater/contracts/schemas.ts';
import { parse } from '@tidewater/kit/schema.ts';

/** `yours`: the order of this checkout exists. `taken`: another order has this number. */
export type Submission = 'none' | 'yours' | 'taken';

export interface SubmissionQuery {
  readonly orderId: string;
  readonly shopperId: string;
  readonly checkoutId: string;
}

/** The order service as the cart needs it. */
export interface Orders {
  /** Rejects without a valid response. */
  submission(query: SubmissionQuery): Promise<Submission>;
}

/** Short: the cart's other requests wait for as long. */
const timeoutMs = 3_000;

const response = object({ state: Type.Union([Type.Literal('none'), Type.Literal('yours'), Type.Literal('taken')]) });

/** The order service, by service invocation. */
export function orderClient(client: DaprClient): Orders {
  return {
    async submission({ orderId, shopperId, checkoutId }) {
      const path = ['orders', orderId, 'submission'];
      const query = { shopper: shopperId, checkout: checkoutId };
      return parse(response, await client.invoke({ app: 'order', path, query, timeoutMs })).state;
    },
  };
}
