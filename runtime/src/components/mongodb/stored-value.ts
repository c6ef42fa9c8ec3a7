import { Binary, DBRef, Decimal128, Double, Long, ObjectId } from 'mongodb';
import { goJson } from '#core/go-json.ts';
import type { SetOperation, StoredValue } from '#blocks/state/state-store.ts';
import type { StateDocument } from './connection.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The content of `value`: JSON objects, lists, numbers, true, false and null as BSON values, a JSON string as its quoted
 * text, bytes as text. Bytes that are not UTF-8 are stored as binary; upstream would corrupt them.
 */
export function bsonValue({ value, isJson }: Pick<SetOperation, 'value' | 'isJson'>): unknown {
  let text: string;
  try {
    text = strictUtf8.decode(value);
  } catch {
    return new Binary(value);
  }
  if (isJson !== true) return text;
  const json: unknown = JSON.parse(text);
  return typeof json === 'string' ? JSON.stringify(json) : bsonOf(json);
}

/**
 * A map instead of an object, whose keys the driver could mistake for its own (`_bsontype`); numbers are doubles, as
 * upstream stores them.
 */
export function bsonOf(json: unknown): unknown {
  if (typeof json === 'number') return new Double(json);
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(bsonOf);
  return new Map(Object.entries(json).map(([name, value]) => [name, bsonOf(value)]));
}

export function storedValue({ value, _etag = '', _ttl }: StateDocument): StoredValue {
  const stored = { data: bytesOf(value), etag: _etag };
  return _ttl instanceof Date ? { ...stored, expiresAt: _ttl.getTime() } : stored;
}

function bytesOf(value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Binary) return value.value();
  return Buffer.from(goJson(jsonOf(value)));
}

/** BSON types without a JSON equivalent are encoded as upstream does; only other programs store such values. */
function jsonOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof Long) return value.toBigInt();
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$|0+Z$/, 'Z');
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Decimal128) return { $numberDecimal: value.toString() };
  if (value instanceof Binary) return { Subtype: value.sub_type, Data: Buffer.from(value.value()).toString('base64') };
  const fields = value instanceof DBRef ? referenceFields(value) : value;
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, jsonOf(field)]));
}

/** The driver decodes a document with `$ref` and `$id` as a reference; here it was part of an app's JSON. */
function referenceFields({ collection, oid, db, fields }: DBRef): object {
  return { $ref: collection, $id: oid, ...(db === undefined ? undefined : { $db: db }), ...fields };
}
