import type { DeleteItem, GetBulkState, StateItem, TransactState } from '#blocks/state/state.ts';
import { textOf, withCause } from '#core/errors.ts';
import { goJson } from '#core/go-json.ts';
import { reshape } from '#core/go-mapstructure.ts';
import { any, int, listOf, pointer, struct, text, stringMap } from '#core/go-shape.ts';
import type { Decoded } from '#core/go-shape.ts';
import { mappedText } from '#core/mapped-buffer.ts';
import { malformedRequest } from './body.ts';

type Metadata = Readonly<Record<string, string>>;

const setRequest = struct('state.SetRequest', {
  key: text,
  value: any,
  etag: pointer(text),
  metadata: stringMap,
  options: struct('state.SetStateOption', { concurrency: text, consistency: text }),
  contentType: pointer(text),
});
type SetRequest = Decoded<typeof setRequest>;

export const stateItemsShape = listOf(setRequest);

export const bulkGetShape = struct('http.BulkGetRequest', {
  keys: listOf(text),
  parallelism: int,
  metadata: stringMap,
});

/** The type of `request` depends on `operation`: upstream applies it afterwards. */
export const transactionShape = struct('http.stateTransactionRequestBody', {
  operations: listOf(struct('http.stateTransactionRequestBodyOperation', { operation: text, request: any })),
  metadata: stringMap,
});

/** The items of a save. `extra` is metadata of the query string; it wins over an item's own. */
export function stateItems(items: Decoded<typeof stateItemsShape> | undefined, extra: Metadata): StateItem[] {
  return items?.map((item, at) => stateItem(item, `[${at}]`, extra)) ?? [];
}

export function bulkGet(
  storeName: string,
  { keys = [], parallelism = 0, metadata }: Decoded<typeof bulkGetShape> = {},
  extra: Metadata,
): GetBulkState {
  return { storeName, keys, parallelism, metadata: { ...metadata, ...extra } };
}

export function transaction(
  storeName: string,
  { operations = [], metadata }: Decoded<typeof transactionShape> = {},
  extra: Metadata,
): TransactState {
  return {
    storeName,
    operations: operations.map(({ operation = '', request }, at) => ({
      operationType: operation,
      request: stateItem(requestOf(request), `operations[${at}].request`, extra),
    })),
    metadata,
  };
}

function requestOf(value: unknown): SetRequest {
  try {
    return reshape(setRequest, value) ?? {};
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}

function stateItem(fields: SetRequest, path: string, extra: Metadata): StateItem {
  const { contentType } = fields;
  return {
    ...deleteItem(fields, extra),
    value: encoded(fields.value, path),
    isJson: true,
    ...(contentType && { contentType }),
  };
}

function deleteItem({ key = '', etag, options, metadata }: SetRequest, extra: Metadata): DeleteItem {
  return {
    key,
    etag,
    options: options && { concurrency: options.concurrency, consistency: options.consistency },
    metadata: mergedMetadata(metadata, extra),
  };
}

/** An absent value is stored as `null`, as upstream. */
function encoded(value: unknown, path: string): Uint8Array {
  try {
    return mappedText(goJson(value ?? null));
  } catch (cause) {
    throw withCause(malformedRequest(`${path}.value: ${textOf(cause)}`), cause);
  }
}

function mergedMetadata(itemMetadata: Metadata | undefined, extra: Metadata): Metadata | undefined {
  for (const name in extra) if (Object.hasOwn(extra, name)) return { ...itemMetadata, ...extra };
  return itemMetadata;
}
