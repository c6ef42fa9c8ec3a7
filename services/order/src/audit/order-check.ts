import type { OrderRecord } from '@tidewater/contracts/events.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import type { Orders } from '../commands/order-actor.ts';
import { isSettledBy } from '../domain/order.ts';
import type { OrderRow } from '../queries/order-queries.ts';
import type { ProjectionRepair } from '../queries/projection-repair.ts';
import type { Ledgers } from './clients.ts';
import { balanceProblem, stockProblem } from './expectations.ts';
import type { AuditedOrder } from './expectations.ts';
import type { Suspects } from './suspects.ts';

export interface OrderCheckOptions {
  readonly context: Pick<ServiceContext, 'clock' | 'log'>;
  readonly orders: Orders;
  readonly ledgers: Ledgers;
  readonly repair: Pick<ProjectionRepair, 'correct'>;
  readonly suspects: Suspects;
  /** Changes more recent than this may not have reached all services. */
  readonly settlingMs: number;
}

/**
 * Compares the orders of these rows with the ledgers, and resolves with those whose violation is new. Suspects are rechecked
 * separately: on a page they must not displace others.
 */
export type OrderCheck = (rows: readonly OrderRow[], isRecheck?: boolean) => Promise<readonly string[]>;

/** Orders that one check examines closely. */
export const maxSuspects = 20;

interface Differences {
  readonly money?: string;
  readonly stock?: string;
}

type Comparison = (order: AuditedOrder) => Differences;

export function orderCheck({ context, orders, ledgers, repair, suspects, settlingMs }: OrderCheckOptions): OrderCheck {
  const { clock, log } = context;

  /** The problem, once repeating the command had no effect. */
  const repeatStock = async (orderId: string, problem: string): Promise<string | undefined> => {
    const attempt = suspects.countRepeat(orderId);
    if (attempt === undefined) return problem;
    log.warn({ event: 'stock-command-repeated', orderId, attempt, problem }, 'a stock command had no effect');
    await orders.get(orderId).repeatStockCommand();
    return undefined;
  };

  /** The projection may be outdated; the order itself is not. */
  const confirmedProblem = async (row: OrderRow, compare: Comparison): Promise<string | undefined> => {
    const events = await orders.get(row.orderId).events();
    if (events.at(-1)?.status !== row.status) await repair.correct(row.orderId);
    const order = auditedOrder(events, clock.now() - settlingMs);
    const { money, stock } = order === undefined ? {} : compare(order);
    return money ?? (stock && (await repeatStock(row.orderId, stock)));
  };

  const isNewViolation = async (row: OrderRow, compare: Comparison): Promise<boolean> => {
    const { orderId } = row;
    try {
      const problem = await confirmedProblem(row, compare);
      if (problem !== undefined) return suspects.addProblem(orderId, problem);
      suspects.removeProblem(orderId);
    } catch (error) {
      log.warn({ event: 'audit-skipped', orderId, error }, 'an order could not be audited');
    }
    return false;
  };

  return async (rows, isRecheck = false) => {
    if (rows.length === 0) return [];
    const compare = await comparison(ledgers, rows);
    const newViolations: string[] = [];
    let examined = 0;
    for (const row of rows) {
      const { money, stock } = compare(row);
      if (money === undefined && stock === undefined) suspects.remove(row.orderId);
      else if (isRecheck || !suspects.has(row.orderId)) {
        if (++examined > maxSuspects) break;
        if (await isNewViolation(row, compare)) newViolations.push(row.orderId);
      }
    }
    return newViolations;
  };
}

/** Reads what payment and catalog have of the orders. Without catalog, only money is compared. */
async function comparison(ledgers: Ledgers, rows: readonly OrderRow[]): Promise<Comparison> {
  const ids = rows.map(({ orderId }) => orderId);
  const [balances, stock] = await Promise.all([ledgers.balances(ids), ledgers.stock(ids)]);
  const balanceOf = new Map(balances.map((balance) => [balance.orderId, balance]));
  const stockOf = stock && new Map(stock.map(({ orderId, state }) => [orderId, state]));
  return (order) => ({
    money: balanceProblem(order, balanceOf.get(order.orderId)),
    stock: stockOf && stockProblem(order, stockOf.get(order.orderId)),
  });
}

/** By its own events; undefined when it changed a moment ago. */
function auditedOrder(events: readonly OrderRecord[], settledBefore: number): AuditedOrder | undefined {
  const last = events.at(-1);
  if (last === undefined || Date.parse(last.at) > settledBefore) return undefined;
  const { orderId, status, total } = last;
  return { orderId, status, isSettled: isSettledBy(last), total: total.amount };
}
