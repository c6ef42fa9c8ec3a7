import { RuntimeError, textOf, withCause } from '#core/errors.ts';
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
} from './errors.ts';

// On the wire a refusal is named after the operation, not after what went wrong, so each operation has its own set.

const mismatch = etagMismatch().kind.code;
const invalid = etagInvalid('').kind.code;

type Describe = (subject: string, reason: string) => RuntimeError;

function byCause(rows: { conflict: Describe; invalid: Describe; failed: Describe }) {
  return (subject: string, cause: unknown): RuntimeError => {
    const code = cause instanceof RuntimeError ? cause.kind.code : undefined;
    const row = code === mismatch ? rows.conflict : code === invalid ? rows.invalid : rows.failed;
    return withCause(row(subject, textOf(cause)), cause);
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
  return withCause(stateGetFailed(key, storeName, textOf(cause)), cause);
}

export function bulkGetRefusal(storeName: string, cause: unknown): RuntimeError {
  return withCause(stateBulkGetFailed(storeName, textOf(cause)), cause);
}

export function transactionRefusal(cause: unknown): RuntimeError {
  return withCause(stateTransactionFailed(textOf(cause)), cause);
}
