import { etagInvalid, etagMismatch } from '#blocks/state/errors.ts';
import type { StoredValue } from '#blocks/state/state-store.ts';
import { byteaArray, intArray, isUuid, textArray, uuidArray } from './binary-array.ts';
import { type Parameter, type Row, bytesOf } from './connection.ts';

/** A value to be written. */
export interface WrittenValue {
  readonly value: Uint8Array;
  readonly isJson?: boolean;
}

/** How a version of upstream's component stores values in its table. */
export interface StateShape {
  readonly table: string;
  readonly expires: string;
  /** The columns of a value, each with the type of its parameter and the expression for the column. */
  readonly valueColumns: readonly { readonly name: string; readonly input: string; readonly expression: string }[];
  /** One array per value column. */
  valueParameters(values: readonly WrittenValue[]): Parameter[];
  /** Assignments for an overwrite. */
  readonly touched: string;
  /** The condition that row `s` has the etag of input `i`, and the type of that input. */
  readonly sameEtag: string;
  readonly etagInput: string;
  etagParameter(etags: readonly string[]): Parameter;
  /** The error for a text that cannot be an etag of this table. */
  etagError(etag: string): Error | undefined;
  /** The columns that `storedValue` reads, the key first. */
  readonly columns: string;
  storedValue(row: Row): [key: string, value: StoredValue];
}

/** `state.postgresql` v2: unchanged bytes, and an etag column. */
export function stateShapeV2(table: string): StateShape {
  return {
    table,
    expires: 'expires_at',
    valueColumns: [{ name: 'value', input: 'bytea', expression: 'i.value' }],
    valueParameters: (values) => [byteaArray(values.map(({ value }) => value))],
    touched: 'etag = gen_random_uuid(), updated_at = now()',
    sameEtag: 's.etag = i.etag',
    etagInput: 'uuid',
    etagParameter: uuidArray,
    etagError: (etag) => (isUuid(etag) ? undefined : etagMismatch(`invalid UUID: ${etag}`)),
    columns: 'key, value, etag, (extract(epoch from expires_at) * 1000)::float8',
    storedValue([key, hex, etag, expiresAt]) {
      return [key ?? '', withExpiry({ data: bytesOf(hex), etag: etag ?? '' }, expiresAt)];
    },
  };
}

/**
 * `state.postgresql` v1: JSON as `jsonb`, which other programs can query, and bytes as a JSON string of base64. The etag
 * is the id of the transaction that wrote the row.
 */
export function stateShapeV1(table: string): StateShape {
  return {
    table,
    expires: 'expiredate',
    valueColumns: [
      { name: 'value', input: 'text', expression: 'i.value::jsonb' },
      { name: 'isbinary', input: 'integer', expression: 'i.isbinary <> 0' },
    ],
    valueParameters: (values) => [
      textArray(values.map(jsonOf)),
      intArray(values.map(({ isJson }) => (isJson === true ? 0 : 1))),
    ],
    touched: 'updatedate = now()',
    sameEtag: 's.xmin::text = i.etag',
    etagInput: 'text',
    etagParameter: (etags) => textArray(etags.map((etag) => String(Number(etag)))),
    etagError(etag) {
      if (/^\d{1,10}$/.test(etag) && Number(etag) < 2 ** 32) return undefined;
      return etagInvalid(`"${etag}" is not a transaction id`);
    },
    columns: 'key, value, xmin, (extract(epoch from expiredate) * 1000)::float8, isbinary',
    storedValue([key, text, etag, expiresAt, isBinary]) {
      const data = isBinary === 't' ? decoded(text ?? '""') : Buffer.from(text ?? '');
      return [key ?? '', withExpiry({ data, etag: etag ?? '' }, expiresAt)];
    },
  };
}

function jsonOf({ value, isJson }: WrittenValue): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return isJson === true ? bytes.toString('utf8') : `"${bytes.toString('base64')}"`;
}

/** Base64 contains no characters that JSON escapes. */
function decoded(text: string): Uint8Array {
  return Buffer.from(text.slice(1, -1), 'base64');
}

function withExpiry(value: StoredValue, expiresAt: string | null | undefined): StoredValue {
  return expiresAt == null ? value : { ...value, expiresAt: Number(expiresAt) };
}
