import { dataMember, defaultEventType, isRecord } from '#core/cloud-event.ts';
import { decodeGo } from '#core/go-decode.ts';
import { mapOf, raw } from '#core/go-shape.ts';
import { goText } from '#core/go-text.ts';
import { type TraceContext, formatTraceparent } from '#core/trace.ts';

/** What an operation of a transaction tells the world, and who is asked to carry it. */
export interface OutboxEventDraft {
  /** The marker's key, which is the event's id too. */
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

/** Names of the event that an operation's metadata cannot give. */
const reserved: ReadonlySet<string> = new Set(['data', 'data_base64', 'id', 'topic', 'pubsubname']);

/** The CloudEvent of one written value. Upstream's quirk: a value that nobody called JSON travels as Go prints it. */
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
    // upstream takes every entry under its own name; the wire's way to override, `cloudevent.source`, is heeded as well
    const plain = /^cloudevent\.(.+)$/i.exec(name)?.[1]?.toLowerCase();
    for (const attribute of plain === undefined ? [name] : [name, plain])
      if (!reserved.has(attribute)) attributes[attribute] = value;
  }
  const sorted = Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
  return Buffer.from(`{${dataMember(payloadOf(draft), contentType)},${JSON.stringify(sorted).slice(1)}`);
}

/** The event as it shall reach its topic: those who share the internal topic may have sent it for another. */
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

/** Undefined when the bytes are no event with an id. */
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
