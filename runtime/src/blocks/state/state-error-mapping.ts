import { errorFromComponent } from '#core/component-error.ts';
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

// Dapr names an error after the operation, not after its cause, so each operation has its own set.

const mismatch = etagMismatch().kind.code;
const invalid = etagInvalid('').kind.code;
const tooMany = tooManyTransactionOperations('', 0, 0).kind.code;

type Describe = (subject: string, reason: string) => RuntimeError;

function byCause(rows: { conflict: Describe; invalid: Describe; failed: Describe }) {
  return (subject: string, cause: unknown): RuntimeError => {
    const code = cause instanceof RuntimeError ? cause.kind.code : undefined;
    const row = code === mismatch ? rows.conflict : code === invalid ? rows.invalid : rows.failed;
    return errorFromComponent((reason) => row(subject, reason), cause);
  };
}

/** `subject` is the store's name. */
export const saveError = byCause({
  conflict: stateSaveConflict,
  invalid: stateSaveEtagInvalid,
  failed: stateSaveFailed,
});

/** `subject` is the key. */
export const deleteError = byCause({
  conflict: stateDeleteConflict,
  invalid: stateDeleteEtagInvalid,
  failed: stateDeleteFailed,
});

/** `subject` is the store's name. */
export const bulkDeleteError = byCause({
  conflict: stateBulkDeleteConflict,
  invalid: stateBulkDeleteEtagInvalid,
  failed: stateBulkDeleteFailed,
});

export function getError(key: string, storeName: string, cause: unknown): RuntimeError {
  return errorFromComponent((reason) => stateGetFailed(key, storeName, reason), cause);
}

export function bulkGetError(storeName: string, cause: unknown): RuntimeError {
  return errorFromComponent((reason) => stateBulkGetFailed(storeName, reason), cause);
}

/** A store that learns its limit only at run time reports it itself. */
export function transactionError(cause: unknown): RuntimeError {
  if (cause instanceof RuntimeError && cause.kind.code === tooMany) return cause;
  return errorFromComponent((reason) => stateTransactionFailed(reason), cause);
}
