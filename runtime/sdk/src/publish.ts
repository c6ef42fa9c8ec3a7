import { eventMetadata } from './cloud-event.ts';
import type { OutgoingEvent } from './cloud-event.ts';
import { expectSuccess } from './sidecar-call.ts';
import type { CallOptions, SendToSidecar } from './sidecar-call.ts';

/** Publishes one event; resolves when the broker has it. */
export async function publish(send: SendToSidecar, event: OutgoingEvent, options?: CallOptions): Promise<void> {
  const query = Object.entries(eventMetadata(event))
    .map(([name, value]) => `metadata.${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  // A topic may contain slashes, and stands in the path as it is.
  const path = `/v1.0/publish/${encodeURIComponent(event.pubsub)}/${encodeURI(event.topic)}?${query}`;
  const answer = await send({ ...options, method: 'POST', path, body: JSON.stringify(event.data ?? null) });
  expectSuccess(answer, `publish ${event.type} to ${event.topic}`);
}
