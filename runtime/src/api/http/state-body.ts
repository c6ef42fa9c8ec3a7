import type { DeleteItem, GetBulkState, StateItem, TransactState } from '#blocks/state/state.ts';
import { textOf, withCause } from '#core/errors.ts';
import { goJson } from '#core/go-json.ts';
import { mappedText } from '#core/mapped-buffer.ts';
import { malformedRequest } from './body.ts';
import { wireMembers } from './wire-members.ts';

type Metadata = Readonly<Record<string, string>>;

const itemMembers = wireMembers('key', 'value', 'etag', 'options', 'metadata', 'contentType');
const optionMembers = wireMembers('concurrency', 'consistency');
const bulkGetMembers = wireMembers('keys', 'parallelism', 'metadata');
const transactionMembers = wireMembers('operations', 'metadata');
const operationMembers = wireMembers('operation', 'request');

/** The items of a save. `extra` is metadata of the query string; it wins over an item's own. */
export function stateItems(body: unknown, extra: Metadata): StateItem[] {
  if (body === null) return [];
  if (!Array.isArray(body)) throw malformedRequest('the body must be an array of items with key and value');
  return body.map((item, at) => stateItem(item, `[${at}]`, extra));
}

export function bulkGet(storeName: string, body: unknown, extra: Metadata): GetBulkState {
  const fields = bulkGetMembers(objectOf(body, 'the body'));
  const keys = fields['keys'] ?? [];
  if (!Array.isArray(keys)) throw malformedRequest('keys must be an array of strings');
  const parallelism = fields['parallelism'] ?? 0;
  if (typeof parallelism !== 'number') throw malformedRequest('parallelism must be a number');
  return {
    storeName,
    keys: keys.map((key, at) => stringOf(key, `keys[${at}]`) ?? ''),
    parallelism,
    metadata: { ...metadataOf(fields['metadata'], 'metadata'), ...extra },
  };
}

export function transaction(storeName: string, body: unknown, extra: Metadata): TransactState {
  const fields = transactionMembers(objectOf(body, 'the body'));
  const operations = fields['operations'] ?? [];
  if (!Array.isArray(operations)) throw malformedRequest('operations must be an array');
  return {
    storeName,
    operations: operations.map((operation: unknown, at) => {
      const place = `operations[${at}]`;
      const { operation: type, request } = operationMembers(objectOf(operation, place));
      return {
        operationType: stringOf(type, `${place}.operation`) ?? '',
        request: stateItem(request, `${place}.request`, extra),
      };
    }),
    metadata: metadataOf(fields['metadata'], 'metadata'),
  };
}

function stateItem(value: unknown, place: string, extra: Metadata): StateItem {
  const fields = itemMembers(objectOf(value, place));
  const contentType = stringOf(fields['contentType'], `${place}.contentType`);
  return {
    ...deleteItem(fields, place, extra),
    value: encoded(fields['value'], place),
    isJson: true,
    ...(contentType && { contentType }),
  };
}

function deleteItem(fields: Fields, place: string, extra: Metadata): DeleteItem {
  const options = fields['options'];
  return {
    key: stringOf(fields['key'], `${place}.key`) ?? '',
    etag: stringOf(fields['etag'], `${place}.etag`),
    options:
      options == null
        ? undefined
        : writeOptions(optionMembers(objectOf(options, `${place}.options`)), `${place}.options`),
    metadata: mergedMetadata(fields['metadata'], `${place}.metadata`, extra),
  };
}

function writeOptions(fields: Fields, place: string): DeleteItem['options'] {
  return {
    concurrency: stringOf(fields['concurrency'], `${place}.concurrency`),
    consistency: stringOf(fields['consistency'], `${place}.consistency`),
  };
}

/** A value that is left out is stored as `null`, as upstream stores it. */
function encoded(value: unknown, place: string): Uint8Array {
  try {
    return mappedText(goJson(value ?? null));
  } catch (cause) {
    throw withCause(malformedRequest(`${place}.value: ${textOf(cause)}`), cause);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Null counts as an object without fields. */
function objectOf(value: unknown, place: string): Fields {
  if (value == null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw malformedRequest(`${place} must be an object`);
  return value as Fields;
}

function stringOf(value: unknown, place: string): string | undefined {
  if (value == null) return undefined;
  if (typeof value !== 'string') throw malformedRequest(`${place} must be a string`);
  return value;
}

function mergedMetadata(value: unknown, place: string, extra: Metadata): Metadata | undefined {
  const own = metadataOf(value, place);
  for (const name in extra) if (Object.hasOwn(extra, name)) return { ...own, ...extra };
  return own;
}

function metadataOf(value: unknown, place: string): Metadata | undefined {
  if (value == null) return undefined;
  const fields = objectOf(value, place);
  for (const [name, text] of Object.entries(fields)) {
    if (typeof text !== 'string') throw malformedRequest(`${place}.${name} must be a string`);
  }
  return fields as Metadata;
}
