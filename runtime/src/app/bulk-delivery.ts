import { cloudEventContentType } from '#core/cloud-event.ts';
import type { EventDelivery } from '#blocks/pubsub/event-sink.ts';

const entryId = '0';

/** The bulk form with the one event that is there: apps that asked for it read no other. */
export function bulkBody(event: EventDelivery): Uint8Array {
  const { pubsubName: pubsubname, topic, metadata } = event;
  const id = typeof event.attributes.id === 'string' ? event.attributes.id : '';
  const head = JSON.stringify({ id, type: 'com.dapr.event.sent.bulk', topic, pubsubname, metadata });
  const entry = JSON.stringify({ entryId, metadata, contentType: cloudEventContentType });
  const text = Buffer.from(event.data).toString('utf8');
  return Buffer.from(`${head.slice(0, -1)},"entries":[${entry.slice(0, -1)},"event":${text}}]}`);
}

/** The status of the entry. An app that does not name it has not handled it: `RETRY`. */
export function bulkVerdict(answer: Readonly<Record<string, unknown>> | undefined): string {
  const statuses: unknown = answer?.statuses;
  if (!Array.isArray(statuses)) return 'RETRY';
  for (const status of statuses as readonly unknown[]) {
    if (typeof status !== 'object' || status === null || !('entryId' in status) || status.entryId !== entryId) continue;
    return 'status' in status && typeof status.status === 'string' && status.status !== '' ? status.status : 'RETRY';
  }
  return 'RETRY';
}
