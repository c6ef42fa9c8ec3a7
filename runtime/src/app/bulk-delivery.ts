import { type DeliveryResult, deliveryResultOf } from '#blocks/pubsub/delivery-outcome.ts';
import type { BulkDelivery, BulkEntry } from '#blocks/pubsub/event-sink.ts';
import { any, listOf, struct, text } from '#core/go-shape.ts';
import type { Decoded } from '#core/go-shape.ts';

/** The body of a bulk request: events are embedded as JSON, raw messages as base64. */
export function bulkBody({ id, topic, pubsubName: pubsubname, entries }: BulkDelivery): Uint8Array {
  const metadata = { pubsubName: pubsubname };
  const head = JSON.stringify({ id, type: 'com.dapr.event.sent.bulk', topic, pubsubname, metadata });
  return Buffer.from(`${head.slice(0, -1)},"entries":[${entries.map(entryJson).join(',')}]}`);
}

function entryJson({ entryId, metadata, contentType, data, isRaw }: BulkEntry): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const event = isRaw ? JSON.stringify(bytes.toString('base64')) : bytes.toString('utf8');
  return `${JSON.stringify({ entryId, metadata, contentType }).slice(0, -1)},"event":${event}}`;
}

export const bulkResponseShape = struct('pubsub.AppBulkResponse', {
  statuses: listOf(struct('pubsub.AppBulkResponseEntry', { entryId: text, status: text, reason: any })),
});
type BulkResponse = Decoded<typeof bulkResponseShape>;

/** One result for each entry. An entry without a known status is delivered again. */
export function bulkResults(
  entries: readonly BulkEntry[],
  response: BulkResponse | undefined,
): readonly DeliveryResult[] {
  if (response === undefined)
    return entries.map(() => ({ outcome: 'retry', reason: 'the response of the app is not JSON' }));
  const statuses = new Map((response.statuses ?? []).map((status) => [status.entryId, status]));
  return entries.map(({ entryId }): DeliveryResult => {
    const { status = '', reason } = statuses.get(entryId) ?? {};
    if (status !== '') return deliveryResultOf(status, reason);
    return { outcome: 'retry', reason: 'the app gave no status for the entry' };
  });
}
