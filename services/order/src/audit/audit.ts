import type { OrderRecord } from '@tidewater/contracts/events.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { isSettledBy } from '../domain/order.ts';
import type { OrderQueries, OrderRow } from '../queries/order-queries.ts';
import type { ProjectionRepair } from '../queries/projection-repair.ts';
import type { Orders } from '../routes/orders.ts';
import type { Ledgers } from './clients.ts';
import { balanceProblem, stockProblem } from './expectations.ts';
import type { AuditedOrder } from './expectations.ts';

export interface AuditReport {
  readonly ok: boolean;
  /** A sentence for each order that breaks an invariant. */
  readonly problems: readonly string[];
}

/** Compares orders with payment and catalog, a part of them with each run. */
export interface Audit {
  run(): Promise<void>;
  report(): AuditReport;
}

export interface AuditOptions {
  readonly context: Pick<ServiceContext, 'clock' | 'log'>;
  readonly queries: OrderQueries;
  readonly orders: Orders;
  readonly ledgers: Ledgers;
  readonly repair: Pick<ProjectionRepair, 'correct'>;
  /** Changes more recent than this may not have reached all services; a minute when absent. */
  readonly settlingMs?: number;
}

const recentMs = 48 * 3_600_000;
const pageSize = 200;
/** With each run: more orders in two days are checked over several runs. */
const recentPages = 10;
const maxSuspects = 20;
const maxProblems = 1_000;
/** A lost stock command is repeated so often before it is reported. */
const stockRepeats = 3;

export function orderAudit(options: AuditOptions): Audit {
  const { queries, orders, ledgers, repair, settlingMs = 60_000 } = options;
  const { clock, log } = options.context;
  const problems = new Map<string, string>();
  const repeated = new Map<string, number>();
  const cursors = { recent: '', older: '' };
  let suspectOffset = 0;

  /** The next rows after the cursor; starts over at the end. */
  const nextPage = async (part: keyof typeof cursors): Promise<readonly OrderRow[]> => {
    const now = clock.now();
    const to = part === 'recent' ? now - settlingMs : now - recentMs;
    const from = part === 'recent' ? now - recentMs : 0;
    const rows = await queries.changedBetween({ after: cursors[part], limit: pageSize, from, to });
    cursors[part] = rows.length < pageSize ? '' : (rows.at(-1)?.orderId ?? '');
    return rows;
  };

  /** The next suspects, all of them in turn. */
  const nextSuspects = (): readonly string[] => {
    const suspectIds = [...new Set([...repeated.keys(), ...problems.keys()])];
    if (suspectOffset >= suspectIds.length) suspectOffset = 0;
    const next = suspectIds.slice(suspectOffset, suspectOffset + maxSuspects);
    suspectOffset += next.length;
    return next;
  };

  const isSuspect = (orderId: string): boolean => problems.has(orderId) || repeated.has(orderId);

  /** Suspects are rechecked separately: on a page they must not displace others. */
  const check = async (rows: readonly OrderRow[], isRecheck = false): Promise<readonly string[]> => {
    if (rows.length === 0) return [];
    const ids = rows.map(({ orderId }) => orderId);
    const [balances, stock] = await Promise.all([ledgers.balances(ids), ledgers.stock(ids)]);
    const balanceOf = new Map(balances.map((balance) => [balance.orderId, balance]));
    const stockOf = stock && new Map(stock.map(({ orderId, state }) => [orderId, state]));
    const problemOf = (order: AuditedOrder): { readonly money?: string; readonly stock?: string } => ({
      money: balanceProblem(order, balanceOf.get(order.orderId)),
      stock: stockOf && stockProblem(order, stockOf.get(order.orderId)),
    });
    const newViolations: string[] = [];
    let suspects = 0;
    for (const row of rows) {
      const result = problemOf(row);
      if (result.money === undefined && result.stock === undefined) {
        problems.delete(row.orderId);
        repeated.delete(row.orderId);
        continue;
      }
      if (!isRecheck && isSuspect(row.orderId)) continue;
      if (++suspects > maxSuspects) break;
      let text: string | undefined;
      try {
        // The projection may be outdated; the order itself is not.
        const events = await orders.get(row.orderId).events();
        if (events.at(-1)?.status !== row.status) await repair.correct(row.orderId);
        const order = auditedOrder(events, clock.now() - settlingMs);
        const problem = order && problemOf(order);
        text = problem?.money ?? (problem?.stock && (await repeatStock(row.orderId, problem.stock)));
      } catch (error) {
        log.warn({ event: 'audit-skipped', orderId: row.orderId, error }, 'an order could not be audited');
        continue;
      }
      if (text === undefined) problems.delete(row.orderId);
      else if (!problems.has(row.orderId) && problems.size < maxProblems) {
        problems.set(row.orderId, text);
        newViolations.push(row.orderId);
      }
    }
    return newViolations;
  };

  /** The problem, once repeating the command had no effect. */
  const repeatStock = async (orderId: string, problem: string): Promise<string | undefined> => {
    const count = repeated.get(orderId) ?? 0;
    if (count >= stockRepeats) return problem;
    repeated.set(orderId, count + 1);
    log.warn(
      { event: 'stock-command-repeated', orderId, attempt: count + 1, problem },
      'a stock command had no effect',
    );
    await orders.get(orderId).repeatStockCommand();
    return undefined;
  };

  return {
    async run() {
      const newViolations: string[] = [];
      try {
        newViolations.push(
          ...(await check(await queries.byIds(nextSuspects(), { to: clock.now() - settlingMs }), true)),
        );
        for (let page = 0; page < recentPages; page++) {
          newViolations.push(...(await check(await nextPage('recent'))));
          if (cursors.recent === '') break;
        }
        newViolations.push(...(await check(await nextPage('older'))));
      } catch (error) {
        // While payment is unavailable nothing can be compared; that is no violation.
        log.warn({ event: 'audit-skipped', error }, 'orders could not be compared with payment');
      }
      if (newViolations.length > 0) {
        const named = newViolations.slice(0, maxSuspects);
        const fields = { event: 'invariant-violated', count: newViolations.length, orderIds: named };
        log.error(
          { ...fields, problems: named.map((id) => problems.get(id)) },
          'orders and their money or stock differ',
        );
      }
    },
    report: () => ({ ok: problems.size === 0, problems: [...problems.values()] }),
  };
}

/** By its own events; undefined when it changed a moment ago. */
function auditedOrder(events: readonly OrderRecord[], settledBefore: number): AuditedOrder | undefined {
  const last = events.at(-1);
  if (last === undefined || Date.parse(last.at) > settledBefore) return undefined;
  const { orderId, status, total } = last;
  return { orderId, status, isSettled: isSettledBy(last), total: total.amount };
}
