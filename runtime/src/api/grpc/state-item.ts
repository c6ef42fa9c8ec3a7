import type { StateItem } from '#blocks/state/state.ts';
import { defineError, textOf, withCause } from '#core/errors.ts';
import { decodeGo } from '#core/go-decode.ts';
import { goJson } from '#core/go-json.ts';
import { any } from '#core/go-shape.ts';
import { StateOptions_StateConcurrency, StateOptions_StateConsistency } from '#gen/dapr/proto/common/v1/common_pb.ts';
import type { StateItem as WireItem, StateOptions } from '#gen/dapr/proto/common/v1/common_pb.ts';

const valueInvalid = defineError(
  { code: 'ERR_STATE_SAVE', http: 400, grpc: 'InvalidArgument' },
  (key: string, reason: string) => `the value of ${key} is not JSON as its contentType requires: ${reason}`,
);

/** An item as received, its bytes unchanged. */
export function stateItem({ key, value, etag, metadata, options }: WireItem): StateItem {
  return {
    key,
    value,
    metadata,
    ...(etag && { etag: etag.value }),
    ...(options && { options: writeOptions(options) }),
  };
}

/**
 * An item of a save. With the metadata `contentType: application/json` the value is stored as the HTTP API stores JSON.
 */
export function savedItem(item: WireItem): StateItem {
  if (item.metadata.contentType !== 'application/json') return stateItem(item);
  return { ...stateItem(item), value: normalised(item.key, item.value), isJson: true };
}

export function writeOptions({ concurrency, consistency }: StateOptions): StateItem['options'] {
  return { concurrency: concurrencies.get(concurrency), consistency: consistencyOf(consistency) };
}

const concurrencies = new Map<number, string>([
  [StateOptions_StateConcurrency.CONCURRENCY_FIRST_WRITE, 'first-write'],
  [StateOptions_StateConcurrency.CONCURRENCY_LAST_WRITE, 'last-write'],
]);

const consistencies = new Map<number, string>([
  [StateOptions_StateConsistency.CONSISTENCY_EVENTUAL, 'eventual'],
  [StateOptions_StateConsistency.CONSISTENCY_STRONG, 'strong'],
]);

/** Undefined when unspecified or unknown. */
export function consistencyOf(consistency: number): string | undefined {
  return consistencies.get(consistency);
}

function normalised(key: string, value: Uint8Array): Uint8Array {
  try {
    return Buffer.from(goJson(decodeGo(any, value, { rejectsTrailingText: true }) ?? null));
  } catch (cause) {
    throw withCause(valueInvalid(key, textOf(cause)), cause);
  }
}
