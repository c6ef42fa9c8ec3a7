import { isUtf8 } from 'node:buffer';
import type { Random } from './random.ts';
import { decodeGo } from './go-decode.ts';
import { isTooDeep, skipSpace, valueEnd } from './go-scan.ts';
import { mapOf, raw } from './go-shape.ts';
import { goTextOf } from './go-text-bytes.ts';
import { isProtobuf } from './protobuf-fields.ts';
import { formatTraceparent } from './trace.ts';
import type { TraceContext } from './trace.ts';

export const cloudEventContentType = 'application/cloudevents+json';
export const defaultEventType = 'com.dapr.event.sent';

/** Data that an app publishes, with its destination and time. */
export interface EventDraft {
  readonly pubsubName: string;
  readonly topic: string;
  /** The app id. */
  readonly source: string;
  readonly data: Uint8Array;
  readonly dataContentType?: string;
  /** `cloudevent.*` entries (any case) override attributes of the envelope. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly trace: TraceContext;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Present when the broker cannot expire the message itself. Milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly random: Random;
}

/** A finished envelope, ready for a broker. */
export interface Envelope {
  readonly id: string;
  readonly type: string;
  /** JSON text in UTF-8. */
  readonly data: Uint8Array;
}

/**
 * Wraps data in a CloudEvents 1.0 envelope, or completes a CloudEvent of the app. JSON data is copied as text, so
 * numbers of any size are preserved. Throws when the app's CloudEvent is not a JSON object.
 */
export function buildEvent(draft: EventDraft): Envelope {
  return isCloudEventType(draft.dataContentType) ? completeEvent(draft) : wrapData(draft);
}

export function isCloudEventType(contentType: string | undefined): boolean {
  return contentType !== undefined && mediaType(contentType) === cloudEventContentType;
}

/** Lower case, without parameters such as the charset. */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Only `application/json` itself: Dapr treats types that end in `+json` as text. */
export function isJsonType(contentType: string): boolean {
  return mediaType(contentType) === 'application/json';
}

/** The `data` or `data_base64` member as JSON text, such as `"data":{"a":1}`. It sorts before all other members. */
export function dataMember(data: Uint8Array, contentType: string): string {
  if (isJsonType(contentType)) return `"data":${jsonValue(goTextOf(data))}`;
  // An image with its own content type would be destroyed as text, and a subscriber could not restore it.
  if (isBinary(data, mediaType(contentType)) || !isUtf8(data))
    return `"data_base64":"${buffer(data).toString('base64')}"`;
  return `"data":${JSON.stringify(buffer(data).toString('utf8'))}`;
}

function isBinary(data: Uint8Array, media: string): boolean {
  if (media === 'application/octet-stream' || media === 'application/cloudevents+protobuf') return true;
  return media === 'application/x-protobuf' && isProtobuf(data);
}

/**
 * The first JSON value of the text unchanged, as Go's decoder reads it; text that does not begin with one becomes a
 * string.
 */
function jsonValue(text: string): string {
  if (isJson(text)) return text;
  try {
    return text.slice(skipSpace(text, 0), valueEnd(text, 0));
  } catch {
    return JSON.stringify(text);
  }
}

function wrapData(draft: EventDraft): Envelope {
  const overrides = overridesOf(draft.metadata);
  const contentType = draft.dataContentType || 'text/plain';
  const id = overrides?.get('id') ?? draft.random.uuid();
  const type = overrides?.get('type') ?? defaultEventType;
  const trace = overrides?.get('traceparent') ?? overrides?.get('traceid') ?? formatTraceparent(draft.trace);
  const traceState = overrides?.get('tracestate') ?? draft.trace.state;
  const subject = overrides?.get('subject');
  // Members are sorted by name as the reference writes them: some apps rely on the order.
  let text = `{${dataMember(draft.data, contentType)},"datacontenttype":${json(contentType)}`;
  if (draft.expiresAt !== undefined) text += `,"expiration":${json(rfc3339(draft.expiresAt))}`;
  text += `,"id":${json(id)},"pubsubname":${json(draft.pubsubName)}`;
  text += `,"source":${json(overrides?.get('source') ?? draft.source)},"specversion":"1.0"`;
  if (subject !== undefined) text += `,"subject":${json(subject)}`;
  text += `,"time":${json(rfc3339(draft.now))},"topic":${json(draft.topic)}`;
  text += `,"traceid":${json(trace)},"traceparent":${json(trace)}`;
  // present even when empty: Dapr's subscribers may rely on it
  text += `,"tracestate":${json(traceState ?? '')},"type":${json(type)}}`;
  return { id, type, data: Buffer.from(text) };
}

const cloudEventShape = mapOf(raw);

/**
 * Adds missing attributes to a CloudEvent of the app, and sets the topic and pubsub: the app may forward an event that
 * it received from elsewhere. Other members keep their text.
 */
function completeEvent(draft: EventDraft): Envelope {
  const fields = decodeGo(cloudEventShape, draft.data);
  if (fields === undefined) throw new TypeError('the event is not a JSON object');
  const members = new Map(Object.entries(fields));
  const textOf = (name: string): string | undefined => textOfJson(members.get(name));
  const trace = textOf('traceparent') ?? textOf('traceid') ?? formatTraceparent(draft.trace);
  const id = textOf('id') ?? draft.random.uuid();
  const type = textOf('type') ?? defaultEventType;
  const defaults = {
    id,
    time: rfc3339(draft.now),
    traceid: trace,
    traceparent: trace,
    tracestate: draft.trace.state ?? '',
  };
  for (const [name, value] of Object.entries(defaults)) if (!members.has(name)) members.set(name, json(value));
  for (const [name, value] of Object.entries({ source: 'Dapr', type, specversion: '1.0' }))
    if ((members.get(name) ?? 'null') === 'null') members.set(name, json(value));
  members.set('topic', json(draft.topic));
  members.set('pubsubname', json(draft.pubsubName));
  if (draft.expiresAt !== undefined) members.set('expiration', json(rfc3339(draft.expiresAt)));
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  return { id, type, data: Buffer.from(`{${sorted.map(([name, value]) => `${json(name)}:${value}`).join(',')}}`) };
}

/** The text of a member that is a non-empty string. */
function textOfJson(member: string | undefined): string | undefined {
  return member?.startsWith('"') && member !== '""' ? (JSON.parse(member) as string) : undefined;
}

/** Names in lower case without the prefix `cloudevent.`; undefined when there are none, the common case. */
function overridesOf(metadata: Readonly<Record<string, string>>): Map<string, string> | undefined {
  let overrides: Map<string, string> | undefined;
  for (const name in metadata) {
    const lower = name.toLowerCase();
    const value = metadata[name];
    if (value && lower.startsWith('cloudevent.')) (overrides ??= new Map()).set(lower.slice(11), value);
  }
  return overrides;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJson(text: string): boolean {
  if (isTooDeep(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function json(text: string): string {
  return JSON.stringify(text);
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
