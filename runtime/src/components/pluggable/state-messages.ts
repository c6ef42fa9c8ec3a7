import type { MessageInitShape } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { etagInvalid, etagMismatch } from '#blocks/state/errors.ts';
import type {
  Consistency,
  DeleteOperation,
  QueryFilter,
  SetOperation,
  StateOperation,
  StateQuery,
  StoredValue,
} from '#blocks/state/state-store.ts';
import {
  StateOptions_StateConcurrency,
  StateOptions_StateConsistency,
  Sorting_Order,
} from '#gen/dapr/proto/components/v1/state_pb.ts';
import type {
  BulkStateItem,
  DeleteRequestSchema,
  GetResponse,
  QuerySchema,
  SetRequestSchema,
  TransactionalStateOperationSchema,
} from '#gen/dapr/proto/components/v1/state_pb.ts';
import { BadRequestSchema } from '#gen/google/rpc/error_details_pb.ts';
import { detailsOf, statusOf } from './status-error.ts';

// Converts between the state port and the messages of a component.

export function setRequest(operation: SetOperation): MessageInitShape<typeof SetRequestSchema> {
  const { key, value, etag, ttlSeconds, isJson } = operation;
  return {
    key,
    value,
    etag: etag === undefined ? undefined : { value: etag },
    metadata: ttlSeconds === undefined ? {} : { ttlInSeconds: String(ttlSeconds) },
    options: optionsOf(operation),
    contentType: isJson ? 'application/json' : '',
  };
}

export function deleteRequest(operation: DeleteOperation): MessageInitShape<typeof DeleteRequestSchema> {
  const { key, etag } = operation;
  return { key, etag: etag === undefined ? undefined : { value: etag }, options: optionsOf(operation) };
}

export function operationMessage(
  operation: StateOperation,
): MessageInitShape<typeof TransactionalStateOperationSchema> {
  return operation.kind === 'set'
    ? { request: { case: 'set', value: setRequest(operation) } }
    : { request: { case: 'delete', value: deleteRequest(operation) } };
}

/** Undefined for an empty response, which means that the key is absent. */
export function storedValue({ data, etag, metadata }: GetResponse | BulkStateItem): StoredValue | undefined {
  if (data.length === 0 && !etag) return undefined;
  const expiresAt = Date.parse(metadata['ttlExpireTime'] ?? '');
  return { data, etag: etag?.value ?? '', ...(Number.isNaN(expiresAt) ? undefined : { expiresAt }) };
}

export function queryMessage({ filter, sort, limit, token }: StateQuery): MessageInitShape<typeof QuerySchema> {
  const [operator, operand] = filter ? (Object.entries(filterJson(filter))[0] ?? []) : [];
  return {
    filter: operator === undefined ? {} : { [operator]: { typeUrl: '', value: Buffer.from(JSON.stringify(operand)) } },
    sort: sort.map(({ key, order }) => ({ key, order: Sorting_Order[order] })),
    pagination: { limit: BigInt(limit ?? 0), token: token ?? '' },
  };
}

/** The port's error for an etag violation; any other error unchanged. */
export function etagErrorOf(error: unknown): unknown {
  const status = statusOf(error);
  const etagError = status && etagErrors.get(status.code);
  if (!status || !etagError) return error;
  const [only, ...others] = detailsOf(status);
  const violations = only && others.length === 0 ? anyUnpack(only, BadRequestSchema)?.fieldViolations : undefined;
  const [violation] = violations ?? [];
  return violations?.length === 1 && violation?.field === 'etag' ? etagError(violation.description) : error;
}

const etagErrors = new Map([
  [9, etagMismatch],
  [3, etagInvalid],
]);

export function consistencyNumber(consistency: Consistency | undefined): StateOptions_StateConsistency {
  switch (consistency) {
    case 'strong':
      return StateOptions_StateConsistency.CONSISTENCY_STRONG;
    case 'eventual':
      return StateOptions_StateConsistency.CONSISTENCY_EVENTUAL;
    case undefined:
      return StateOptions_StateConsistency.CONSISTENCY_UNSPECIFIED;
  }
}

function optionsOf({ concurrency, consistency }: StateOperation) {
  const named = concurrency && concurrencies[concurrency];
  return {
    concurrency: named ?? StateOptions_StateConcurrency.CONCURRENCY_UNSPECIFIED,
    consistency: consistencyNumber(consistency),
  };
}

const concurrencies = {
  'first-write': StateOptions_StateConcurrency.CONCURRENCY_FIRST_WRITE,
  'last-write': StateOptions_StateConcurrency.CONCURRENCY_LAST_WRITE,
} as const;

/** The JSON form of a filter: one operator with one operand. */
function filterJson(filter: QueryFilter): object {
  switch (filter.operator) {
    case 'AND':
    case 'OR':
      return { [filter.operator]: filter.filters.map(filterJson) };
    case 'IN':
      return { IN: { [filter.key]: filter.values } };
    case 'EQ':
    case 'NEQ':
    case 'GT':
    case 'GTE':
    case 'LT':
    case 'LTE':
      return { [filter.operator]: { [filter.key]: filter.value } };
  }
}
