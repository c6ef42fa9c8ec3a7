import type { Clock } from '@outrigger/sdk';
import type { OrderQueries, OrderRow } from '../queries/order-queries.ts';

/** `recent`: changed within two days. */
export type AgeGroup = 'recent' | 'older';

/** All orders, page by page and over and over, each age group for itself. */
export interface AuditedPages {
  next(group: AgeGroup): Promise<readonly OrderRow[]>;
  /** The last page of the group was its end. */
  isAtEnd(group: AgeGroup): boolean;
}

const recentMs = 48 * 3_600_000;
const pageSize = 200;

export function auditedPages(
  queries: Pick<OrderQueries, 'changedBetween'>,
  clock: Pick<Clock, 'now'>,
  settlingMs: number,
): AuditedPages {
  const cursors: Record<AgeGroup, string> = { recent: '', older: '' };
  return {
    async next(group) {
      const now = clock.now();
      const to = group === 'recent' ? now - settlingMs : now - recentMs;
      const from = group === 'recent' ? now - recentMs : 0;
      const rows = await queries.changedBetween({ after: cursors[group], limit: pageSize, from, to });
      cursors[group] = rows.length < pageSize ? '' : (rows.at(-1)?.orderId ?? '');
      return rows;
    },
    isAtEnd: (group) => cursors[group] === '',
  };
}
