import { eventMetadata } from './cloud-event.ts';
import type { OutgoingEvent } from './cloud-event.ts';
import { encodePart } from './path.ts';
import { expectSuccess } from './sidecar-call.ts';
import type { CallOptions, SendToSidecar } from './sidecar-call.ts';

/** Publishes one event; resolves when the broker has it. */
export async function publish(send: SendToSidecar, event: OutgoingEvent, options?: CallOptions): Promise<void> {
  const query = Object.entries(eventMetadata(event))
    .map(([name, value]) => `metadata.${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  // A topic may contain slashes: each of its parts is a segment.
  const topic = event.topic.split('/').map(encodePart).join('/');
  const path = `/v1.0/publish/${encodePart(event.pubsub)}/${topic}?${query}`;
  const response = await send({ ...options, method: 'POST', path, body: JSON.stringify(event.data ?? null) });
  expectSuccess(response, `publish ${event.type} to ${event.topic}`);
}
