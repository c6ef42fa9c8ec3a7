import { Type } from 'typebox';
import type { DaprClient } from '@outrigger/sdk';
import { DaprError } from '@outrigger/sdk';
import { object } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { parse } from '@tidewater/kit/schema.ts';

/** What was captured and refunded for an order, in minor units. */
export interface Balance {
  readonly orderId: string;
  readonly captured: number;
  readonly refunded: number;
  readonly currency: string;
}

/** The state of an order's reservation in catalog. */
export interface OrderStock {
  readonly orderId: string;
  readonly state: string;
}

/** Orders as payment and catalog have them, at most 200 at a time. */
export interface Ledgers {
  /** Orders without payment are left out. Rejects while payment is unavailable. */
  balances(orderIds: readonly string[]): Promise<readonly Balance[]>;
  /** Orders that have never requested stock are left out. Undefined while catalog is unavailable. */
  stock(orderIds: readonly string[]): Promise<readonly OrderStock[] | undefined>;
}

const timeoutMs = 4_000;
const cents = Type.Integer({ minimum: 0 });
const balancesResponse = object({
  balances: Type.Array(object({ orderId: id, captured: cents, refunded: cents, currency: Type.String() })),
});
const stockResponse = object({ orders: Type.Array(object({ orderId: id, state: Type.String() })) });

export function ledgerClients(client: DaprClient): Ledgers {
  const post = (app: string, path: readonly string[], orderIds: readonly string[]): Promise<unknown> =>
    client.invoke({ app, method: 'POST', path, json: { orderIds }, timeoutMs });
  return {
    async balances(orderIds) {
      return parse(balancesResponse, await post('payment', ['payments', 'balances'], orderIds)).balances;
    },
    async stock(orderIds) {
      try {
        return parse(stockResponse, await post('catalog', ['stock', 'orders'], orderIds)).orders;
      } catch (error) {
        if (error instanceof DaprError) return undefined;
        throw error;
      }
    },
  };
}
