import type { OrderQueries } from '../queries/order-queries.ts';
import { auditedPages } from './audited-pages.ts';
import { maxSuspects, orderCheck } from './order-check.ts';
import type { OrderCheckOptions } from './order-check.ts';
import { suspectOrders } from './suspects.ts';

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

export interface AuditOptions extends Omit<OrderCheckOptions, 'suspects' | 'settlingMs'> {
  readonly queries: OrderQueries;
  /** Changes more recent than this may not have reached all services; a minute when absent. */
  readonly settlingMs?: number;
}

/** With each run: more orders in two days are checked over several runs. */
const recentPages = 10;

export function orderAudit({ queries, settlingMs = 60_000, ...options }: AuditOptions): Audit {
  const { clock, log } = options.context;
  const suspects = suspectOrders();
  const pages = auditedPages(queries, clock, settlingMs);
  const check = orderCheck({ ...options, suspects, settlingMs });

  /** The new violations of each part: suspects, recent orders, older ones. */
  async function* newViolations(): AsyncGenerator<readonly string[]> {
    yield check(await queries.byIds(suspects.next(maxSuspects), { to: clock.now() - settlingMs }), true);
    for (let page = 0; page < recentPages; page++) {
      yield check(await pages.next('recent'));
      if (pages.isAtEnd('recent')) break;
    }
    yield check(await pages.next('older'));
  }

  const logViolations = (orderIds: readonly string[]): void => {
    if (orderIds.length === 0) return;
    const named = orderIds.slice(0, maxSuspects);
    const problems = named.map((orderId) => suspects.problemOf(orderId));
    const fields = { event: 'invariant-violated', count: orderIds.length, orderIds: named, problems };
    log.error(fields, 'orders and their money or stock differ');
  };

  return {
    async run() {
      const violations: string[] = [];
      try {
        for await (const part of newViolations()) violations.push(...part);
      } catch (error) {
        // While payment is unavailable nothing can be compared; that is no violation.
        log.warn({ event: 'audit-skipped', error }, 'orders could not be compared with payment');
      }
      logViolations(violations);
    },
    report() {
      const problems = suspects.problems();
      return { ok: problems.length === 0, problems };
    },
  };
}
