import type { Random } from './random.ts';
import { dataMember, defaultEventType, isRecord } from './cloud-event.ts';
import { parseTraceparent } from './trace.ts';
import type { TraceContext } from './trace.ts';

/** A message from a broker, and how its subscription reads it. */
export interface EventSource {
  readonly data: Uint8Array;
  readonly contentType?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly pubsubName: string;
  readonly topic: string;
  /** The subscription's `rawPayload`: the bytes are not an envelope, one is created around them. */
  readonly isRaw: boolean;
  readonly random: Random;
}

export interface ReceivedEvent {
  /** The event as an object, which routing rules evaluate. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The event as JSON in UTF-8, which the app receives. The broker's own bytes when they were an envelope already. */
  readonly data: Uint8Array;
}

/** Undefined when the bytes are not a CloudEvent in any of the forms. */
export function readEvent(source: EventSource): ReceivedEvent | undefined {
  if (source.isRaw) return rawEvent(source);
  const binary = binaryAttributes(source.metadata);
  if (binary) return binaryEvent(source, binary);
  const attributes = parse(source.data);
  if (attributes === undefined) return undefined;
  const trace = traceMetadata(source.metadata);
  return { attributes: trace ? { ...trace, ...attributes } : attributes, data: source.data };
}

/** The event's trace; undefined when it has none or an invalid one. */
export function traceOfEvent(attributes: Readonly<Record<string, unknown>>): TraceContext | undefined {
  const { traceparent, traceid, tracestate } = attributes;
  const header = typeof traceparent === 'string' && traceparent !== '' ? traceparent : traceid;
  if (typeof header !== 'string') return undefined;
  return parseTraceparent(header, typeof tracestate === 'string' ? tracestate : undefined);
}

/** An event with an unreadable `expiration` never expires. */
export function hasExpired(attributes: Readonly<Record<string, unknown>>, now: number): boolean {
  const { expiration } = attributes;
  return typeof expiration === 'string' && expiration !== '' && Date.parse(expiration) <= now;
}

function rawEvent(source: EventSource): ReceivedEvent {
  const attributes = sortedByName({
    specversion: '1.0',
    id: source.random.uuid(),
    source: 'Dapr',
    type: defaultEventType,
    datacontenttype: 'application/octet-stream',
    topic: source.topic,
    pubsubname: source.pubsubName,
    ...traceMetadata(source.metadata),
    data_base64: Buffer.from(source.data).toString('base64'),
  });
  return { attributes, data: Buffer.from(JSON.stringify(attributes)) };
}

/** CloudEvents' binary mode: attributes are `ce_*` metadata, the data is unchanged. */
function binaryEvent(
  source: EventSource,
  headerAttributes: Readonly<Record<string, string>>,
): ReceivedEvent | undefined {
  const contentType = source.contentType ?? source.metadata['content-type'] ?? 'application/octet-stream';
  const attributes = {
    specversion: '1.0',
    id: headerAttributes.id ?? source.random.uuid(),
    source: 'Dapr',
    type: defaultEventType,
    topic: source.topic,
    pubsubname: source.pubsubName,
    ...traceMetadata(source.metadata),
    ...headerAttributes,
    datacontenttype: contentType,
  };
  const rest = JSON.stringify(sortedByName(attributes)).slice(1);
  const data = Buffer.from(`{${dataMember(source.data, contentType)},${rest}`);
  const complete = parse(data);
  return complete && { attributes: complete, data };
}

function binaryAttributes(metadata: Readonly<Record<string, string>>): Record<string, string> | undefined {
  let attributes: Record<string, string> | undefined;
  for (const name in metadata) {
    const value = metadata[name];
    if (value === undefined || name.length < 4 || name.slice(0, 3).toLowerCase() !== 'ce_') continue;
    attributes ??= {};
    attributes[name.slice(3).toLowerCase()] = value;
  }
  return attributes;
}

/** Trace fields of the message metadata, for events without their own. */
function traceMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const { traceparent, traceid, tracestate, baggage } = metadata;
  const trace = traceparent ?? traceid;
  if (trace === undefined && baggage === undefined) return undefined;
  return {
    ...(trace === undefined ? {} : { traceid: trace, traceparent: trace }),
    ...(tracestate === undefined ? {} : { tracestate }),
    ...(baggage === undefined ? {} : { baggage }),
  };
}

function sortedByName(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parse(data: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
