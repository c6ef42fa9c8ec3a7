import { isUtf8 } from 'node:buffer';
import type { Chance } from './chance.ts';
import { formatTraceparent } from './trace.ts';
import type { TraceContext } from './trace.ts';

export const cloudEventContentType = 'application/cloudevents+json';
export const defaultEventType = 'com.dapr.event.sent';

/** What an app gave to publish, and where and when. */
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
  readonly chance: Chance;
}

/** A finished envelope, ready for a broker. */
export interface Envelope {
  readonly id: string;
  readonly type: string;
  /** JSON text in UTF-8. */
  readonly data: Uint8Array;
}

/**
 * Wraps data in a CloudEvents 1.0 envelope, or completes one that the app made. JSON data is copied as text, never
 * written anew, so numbers of any size survive. Throws TypeError when a ready-made event is not a JSON object.
 */
export function buildEvent(draft: EventDraft): Envelope {
  return isCloudEventType(draft.dataContentType) ? completeEvent(draft) : wrapData(draft);
}

export function isCloudEventType(contentType: string | undefined): boolean {
  return contentType !== undefined && mediaType(contentType) === cloudEventContentType;
}

/** Lower case and without parameters such as the charset. */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

export function isJsonType(contentType: string): boolean {
  const media = mediaType(contentType);
  return media === 'application/json' || media.endsWith('+json');
}

/** The `data` or `data_base64` member as JSON text, such as `"data":{"a":1}`. */
export function dataMember(data: Uint8Array, contentType: string): string {
  if (mediaType(contentType) === 'application/octet-stream')
    return `"data_base64":"${buffer(data).toString('base64')}"`;
  if (isJsonType(contentType)) {
    const text = buffer(data).toString('utf8');
    return `"data":${isJson(text) ? text : JSON.stringify(text)}`;
  }
  // An image named by its own type would be destroyed as text, and a subscriber could never get it back.
  if (!isUtf8(data)) return `"data_base64":"${buffer(data).toString('base64')}"`;
  return `"data":${JSON.stringify(buffer(data).toString('utf8'))}`;
}

function wrapData(draft: EventDraft): Envelope {
  const overrides = overridesOf(draft.metadata);
  const contentType = draft.dataContentType || 'text/plain';
  const id = overrides?.get('id') ?? draft.chance.uuid();
  const type = overrides?.get('type') ?? defaultEventType;
  const trace = overrides?.get('traceparent') ?? overrides?.get('traceid') ?? formatTraceparent(draft.trace);
  const traceState = overrides?.get('tracestate') ?? draft.trace.state;
  const subject = overrides?.get('subject');
  let text = `{"specversion":"1.0","id":${json(id)},"source":${json(overrides?.get('source') ?? draft.source)}`;
  text += `,"type":${json(type)},"datacontenttype":${json(contentType)},"time":${json(rfc3339(draft.now))}`;
  text += `,"topic":${json(draft.topic)},"pubsubname":${json(draft.pubsubName)}`;
  text += `,"traceid":${json(trace)},"traceparent":${json(trace)}`;
  // there even when empty: the wire's subscribers may count on it
  text += `,"tracestate":${json(traceState ?? '')}`;
  if (subject !== undefined) text += `,"subject":${json(subject)}`;
  if (draft.expiresAt !== undefined) text += `,"expiration":${json(rfc3339(draft.expiresAt))}`;
  return { id, type, data: Buffer.from(`${text},${dataMember(draft.data, contentType)}}`) };
}

/** What the app's own event lacks is put in front of its text; the rest stays byte for byte. */
function completeEvent(draft: EventDraft): Envelope {
  const text = buffer(draft.data).toString('utf8');
  const given: unknown = JSON.parse(text);
  if (!isRecord(given)) throw new TypeError('the event is not a JSON object');
  const trace = textAt(given, 'traceparent') ?? textAt(given, 'traceid') ?? formatTraceparent(draft.trace);
  const id = textAt(given, 'id') ?? draft.chance.uuid();
  const type = textAt(given, 'type') ?? defaultEventType;
  const required: Readonly<Record<string, string | undefined>> = {
    specversion: '1.0',
    id,
    source: 'Dapr',
    type,
    time: rfc3339(draft.now),
    topic: draft.topic,
    pubsubname: draft.pubsubName,
    traceid: trace,
    traceparent: trace,
    tracestate: draft.trace.state,
    expiration: draft.expiresAt === undefined ? undefined : rfc3339(draft.expiresAt),
  };
  let missing = '';
  for (const [name, value] of Object.entries(required))
    if (value !== undefined && !Object.hasOwn(given, name)) missing += `${missing && ','}${json(name)}:${json(value)}`;
  if (missing === '') return { id, type, data: draft.data };
  const rest = text.slice(text.indexOf('{') + 1);
  return { id, type, data: Buffer.from(`{${missing}${Object.keys(given).length === 0 ? '' : ','}${rest}`) };
}

/** Names in lower case without their `cloudevent.` in front; undefined when there are none, which is the rule. */
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

function textAt(event: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = event[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isJson(text: string): boolean {
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
