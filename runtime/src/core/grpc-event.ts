type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Attributes that have their own fields, or are the data. */
const knownAttributes = new Set([
  'id',
  'source',
  'type',
  'specversion',
  'datacontenttype',
  'data',
  'data_base64',
  'topic',
  'pubsubname',
  'expiration',
]);

/** A delivery as Dapr's TopicEventRequest. */
export function topicEvent({ pubsubName, topic, path, attributes }: TopicDelivery) {
  return { ...grpcEvent(attributes), pubsubName, topic, path };
}

interface TopicDelivery {
  readonly pubsubName: string;
  readonly topic: string;
  readonly path: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The part of an event that single and bulk deliveries share. */
export function grpcEvent(attributes: Readonly<Record<string, unknown>>) {
  const contentType = textAt(attributes, 'datacontenttype');
  return {
    id: textAt(attributes, 'id'),
    source: textAt(attributes, 'source'),
    type: textAt(attributes, 'type'),
    specVersion: textAt(attributes, 'specversion'),
    dataContentType: contentType,
    data: dataOf(attributes),
    extensions: extensionsOf(attributes),
  };
}

/**
 * Data as it was published: JSON as JSON text, text as text. Other types have data only in base64: upstream drops the
 * rest.
 */
function dataOf(attributes: Readonly<Record<string, unknown>>): Uint8Array {
  const { data, data_base64: binary } = attributes;
  if (typeof binary === 'string') return Buffer.from(binary, 'base64');
  if (data === undefined || data === null) return new Uint8Array(0);
  const type = textAt(attributes, 'datacontenttype').toLowerCase();
  if (/[/+](?:json|cloudevents\+json)(?:;|$)/.test(type)) return Buffer.from(JSON.stringify(data));
  return type.startsWith('text/') && typeof data === 'string' ? Buffer.from(data) : new Uint8Array(0);
}

function extensionsOf(attributes: Readonly<Record<string, unknown>>): Record<string, Json> {
  const extensions: Record<string, Json> = {};
  for (const name in attributes) {
    const value = attributes[name];
    // attributes came out of JSON
    if (!knownAttributes.has(name) && value !== undefined) extensions[name] = value as Json;
  }
  return extensions;
}

function textAt(attributes: Readonly<Record<string, unknown>>, name: string): string {
  const value = attributes[name];
  return typeof value === 'string' ? value : '';
}
