import { refusalFor } from '#core/component-word.ts';
import { RuntimeError } from '#core/errors.ts';
import {
  etagInvalid,
  etagMismatch,
  stateBulkDeleteConflict,
  stateBulkDeleteEtagInvalid,
  stateBulkDeleteFailed,
  stateBulkGetFailed,
  stateDeleteConflict,
  stateDeleteEtagInvalid,
  stateDeleteFailed,
  stateGetFailed,
  stateSaveConflict,
  stateSaveEtagInvalid,
  stateSaveFailed,
  stateTransactionFailed,
  tooManyTransactionOperations,
} from './errors.ts';

// On the wire a refusal is named after the operation, not after what went wrong, so each operation has its own set.

const mismatch = etagMismatch().kind.code;
const invalid = etagInvalid('').kind.code;
const tooMany = tooManyTransactionOperations('', 0, 0).kind.code;

type Describe = (subject: string, reason: string) => RuntimeError;

function byCause(rows: { conflict: Describe; invalid: Describe; failed: Describe }) {
  return (subject: string, cause: unknown): RuntimeError => {
    const code = cause instanceof RuntimeError ? cause.kind.code : undefined;
    const row = code === mismatch ? rows.conflict : code === invalid ? rows.invalid : rows.failed;
    return refusalFor((reason) => row(subject, reason), cause);
  };
}

/** `subject` is the store's name. */
export const saveRefusal = byCause({
  conflict: stateSaveConflict,
  invalid: stateSaveEtagInvalid,
  failed: stateSaveFailed,
});

/** `subject` is the key. */
export const deleteRefusal = byCause({
  conflict: stateDeleteConflict,
  invalid: stateDeleteEtagInvalid,
  failed: stateDeleteFailed,
});

/** `subject` is the store's name. */
export const bulkDeleteRefusal = byCause({
  conflict: stateBulkDeleteConflict,
  invalid: stateBulkDeleteEtagInvalid,
  failed: stateBulkDeleteFailed,
});

export function getRefusal(key: string, storeName: string, cause: unknown): RuntimeError {
  return refusalFor((reason) => stateGetFailed(key, storeName, reason), cause);
}

export function bulkGetRefusal(storeName: string, cause: unknown): RuntimeError {
  return refusalFor((reason) => stateBulkGetFailed(storeName, reason), cause);
}

/** A store that knows its limit only when it is asked tells of it itself. */
export function transactionRefusal(cause: unknown): RuntimeError {
  if (cause instanceof RuntimeError && cause.kind.code === tooMany) return cause;
  return refusalFor((reason) => stateTransactionFailed(reason), cause);
}
