import type { OrderCommand, OrderRecord } from '@tidewater/contracts/events.ts';
import { commandSchemas } from '@tidewater/contracts/schemas.ts';
import { upcastStatus } from '@tidewater/contracts/upcasters.ts';
import type { Order, OrderChange, OrderContent } from './order-state.ts';

/**
 * Upcaster: orders and records that earlier versions have stored, as this version reads them. Nothing is written back until
 * the order changes. Earlier versions had two changes, `reserved` and `awaiting payment`, where there is one now: both are
 * read as `awaiting-payment`, so that version numbers stay.
 */
interface EarlierChange {
  readonly version: number;
  readonly status: string;
  readonly at: string;
  /** A text for the shopper. */
  readonly story: string;
  readonly by: OrderRecord['triggeredBy'];
  readonly asks: readonly string[];
}

type Stored<T> = T | (Omit<T, keyof OrderChange> & EarlierChange);

const isEarlier = (change: object): change is EarlierChange => 'asks' in change;

/** The same object when this version has stored it. */
export function upcastOrder(order: Order): Order {
  const changes: readonly (OrderChange | EarlierChange)[] = order.changes;
  return changes.some(isEarlier) ? { ...order, changes: changes.map(upcastChange) } : order;
}

export function upcastRecord(record: Stored<OrderRecord>): OrderRecord {
  if (!isEarlier(record)) return record;
  const {
    story: _story,
    by: _by,
    asks: _asks,
    payment,
    ...rest
  } = record as typeof record & Pick<OrderRecord, 'payment'>;
  const { brand, last4 } = payment;
  const card = { ...(brand !== undefined && { brand }), ...(last4 !== undefined && { last4 }) };
  return { ...rest, ...upcastChange(record), payment: card } as OrderRecord;
}

/**
 * Earlier versions sent the commands of a change, and all that their projection showed, with its event `order.changed`. The
 * change of such an event with its order; undefined for other data. Throws when the data is invalid.
 */
export function upcastChangedEvent(data: object): readonly [OrderContent, OrderChange] | undefined {
  return isEarlier(data) ? [data as EarlierChange & OrderContent, upcastChange(data)] : undefined;
}

function upcastChange(change: OrderChange | EarlierChange): OrderChange {
  if (!isEarlier(change)) return change;
  const { version, at, by: triggeredBy, asks, story } = change;
  const status = upcastStatus(change.status);
  const input = inputOf(change);
  const commands = asks.filter((command): command is OrderCommand => Object.hasOwn(commandSchemas, command));
  return {
    version,
    status,
    at,
    triggeredBy,
    input,
    commands,
    ...(input === 'payment-declined' && { reason: story.replace(/ We charged nothing.*$/s, '') }),
  };
}

/** Earlier versions did not store the input; it follows from status, source and commands. */
function inputOf({ status, by, asks }: EarlierChange): string {
  const isUnwinding = asks.includes('unwind-payment');
  switch (status) {
    case 'rejected':
      return by === 'catalog' && asks.length === 0 ? 'stock-rejected' : 'processing-failed';
    case 'payment failed':
      if (by === 'payment' && asks.length === 0) return 'payment-voided';
      return isUnwinding ? 'processing-failed' : 'payment-declined';
    case 'cancelled':
      if (by === 'shopper') return 'cancel';
      return isUnwinding ? 'processing-failed' : 'payment-voided';
    default:
      return inputs[status] ?? 'submit';
  }
}

const inputs: Readonly<Record<string, string>> = {
  'awaiting stock': 'grace-ended',
  reserved: 'stock-reserved',
  'awaiting payment': 'stock-reserved',
  paid: 'payment-captured',
  packed: 'packing-finished',
  shipped: 'parcel-collected',
  delivered: 'parcel-delivered',
  refunded: 'payment-refunded',
};
