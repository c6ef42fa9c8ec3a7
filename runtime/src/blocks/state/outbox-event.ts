import { dataMember, defaultEventType, isRecord } from '#core/cloud-event.ts';
import { decodeGo } from '#core/go-decode.ts';
import { mapOf, raw } from '#core/go-shape.ts';
import { goText } from '#core/go-text.ts';
import { type TraceContext, formatTraceparent } from '#core/trace.ts';

/** The event of one operation of a transaction, and its topic. */
export interface OutboxEventDraft {
  /** The marker's key, which is also the event's id. */
  readonly id: string;
  readonly appId: string;
  readonly pubsubName: string;
  readonly topic: string;
  readonly value: Uint8Array;
  readonly isJson: boolean;
  readonly contentType: string;
  /** Of the operation; becomes attributes of the event. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly trace: TraceContext;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Attributes that an operation's metadata cannot set. */
const reserved: ReadonlySet<string> = new Set(['data', 'data_base64', 'id', 'topic', 'pubsubname']);

/**
 * The CloudEvent of one written value. As upstream, a value that is not marked as JSON is formatted as Go prints it.
 */
export function outboxEvent(draft: OutboxEventDraft): Uint8Array {
  const contentType = draft.contentType || 'text/plain';
  const traceparent = formatTraceparent(draft.trace);
  const attributes: Record<string, string> = {
    specversion: '1.0',
    id: draft.id,
    source: draft.appId,
    type: defaultEventType,
    datacontenttype: contentType,
    time: `${new Date(draft.now).toISOString().slice(0, 19)}Z`,
    topic: draft.topic,
    pubsubname: draft.pubsubName,
    traceid: traceparent,
    traceparent,
    tracestate: draft.trace.state ?? '',
  };
  for (const [name, value] of Object.entries(draft.metadata)) {
    // upstream takes every entry under its own name; Dapr's documented override, `cloudevent.source`, is supported as
    // well
    const plain = /^cloudevent\.(.+)$/i.exec(name)?.[1]?.toLowerCase();
    for (const attribute of plain === undefined ? [name] : [name, plain])
      if (!reserved.has(attribute)) attributes[attribute] = value;
  }
  const sorted = Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
  return Buffer.from(`{${dataMember(payloadOf(draft), contentType)},${JSON.stringify(sorted).slice(1)}`);
}

/** The event with its final topic: other apps that share the internal topic may have sent it for another. */
export function withDestination(
  data: Uint8Array,
  to: { readonly topic: string; readonly pubsubName: string },
): Uint8Array {
  const event = eventOf(data);
  if (event === undefined || (event['topic'] === to.topic && event['pubsubname'] === to.pubsubName)) return data;
  const { topic, pubsubName } = to;
  const members = Object.entries({
    ...decodeGo(mapOf(raw), data),
    topic: JSON.stringify(topic),
    pubsubname: JSON.stringify(pubsubName),
  });
  return Buffer.from(`{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`);
}

/** Undefined when the bytes are not an event with an id. */
export function markerOf(data: Uint8Array): string | undefined {
  const id = eventOf(data)?.['id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function eventOf(data: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const event: unknown = JSON.parse(textOf(data));
    return isRecord(event) ? event : undefined;
  } catch {
    return undefined;
  }
}

function payloadOf({ value, isJson, contentType }: OutboxEventDraft): Uint8Array {
  if (!isJson || contentType.toLowerCase() === 'application/json') return value;
  return Buffer.from(goText(JSON.parse(textOf(value))));
}

function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
}
