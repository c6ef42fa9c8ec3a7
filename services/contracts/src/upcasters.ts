import { orderStatuses } from './order-status.ts';
import type { OrderStatus } from './order-status.ts';

/** Upcasters: what earlier versions published or stored, as this version reads it. */

/** Event types that have another name now. */
export const renamedEventTypes: Readonly<Record<string, string>> = { 'stock.refused': 'stock.rejected' };

/** Earlier versions wrote statuses with spaces, and had `reserved` before `awaiting payment`. */
export function upcastStatus(status: string): OrderStatus {
  const name = status === 'reserved' ? 'awaiting-payment' : status.replaceAll(' ', '-');
  const current = orderStatuses.find((each) => each === name);
  if (current === undefined) throw new TypeError(`${status} is no status of an order`);
  return current;
}

/** The data of an event; data of this version comes back as it is. */
export function upcastData(type: string, data: unknown): unknown {
  const { status, missing } = (data ?? {}) as { readonly status?: unknown; readonly missing?: unknown };
  if (type === 'order.changed' && earlierStatuses.includes(status))
    return { ...(data as object), status: upcastStatus(String(status)) };
  if (type === 'stock.rejected' && Array.isArray(missing))
    return { ...(data as object), missing: missing.map(upcastMissing) };
  return data;
}

const earlierStatuses: readonly unknown[] = ['awaiting stock', 'reserved', 'awaiting payment', 'payment failed'];

/** `requested` had the name `wanted`. */
export function upcastMissing(line: unknown): unknown {
  if (typeof line !== 'object' || line === null || !('wanted' in line)) return line;
  const { wanted, ...rest } = line;
  return { ...rest, requested: wanted };
}
