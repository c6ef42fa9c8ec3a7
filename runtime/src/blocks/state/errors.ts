import { type ErrorDetail, defineError, errorInfo, resourceInfo } from '#core/errors.ts';

/** Raised by stores when the stored etag differs; the block maps it to the operation's error. */
export const etagMismatch = defineError(
  { code: 'ERR_STATE_ETAG_MISMATCH', http: 409, grpc: 'Aborted' },
  (why?: string) =>
    why === undefined
      ? 'possible etag mismatch. error from state store'
      : `possible etag mismatch. error from state store: ${why}`,
);

/** Raised by stores when an etag cannot be one of theirs. */
export const etagInvalid = defineError(
  { code: 'ERR_STATE_ETAG_INVALID', http: 400, grpc: 'InvalidArgument' },
  (why: string) => `invalid etag value: ${why}`,
);

/** Raised by stores when the database cannot be reached or did not respond in time. */
export const stateUnavailable = defineError(
  { code: 'ERR_STATE_UNAVAILABLE', http: 500, grpc: 'Internal' },
  (reason: string) => reason,
);

/** Raised by stores when the database rejected the statement; `reason` is the database's message. */
export const stateStatementRejected = defineError(
  { code: 'ERR_STATE_REFUSED', http: 500, grpc: 'Internal' },
  (reason: string) => reason,
);

/** An unknown write option or metadata value; wrapped into the operation's error, which is a 500 upstream too. */
export const stateOptionInvalid = defineError(
  { code: 'ERR_STATE_OPTION_INVALID', http: 500, grpc: 'Internal' },
  (reason: string) => reason,
);

export const stateStoreNotConfigured = defineError(
  { code: 'ERR_STATE_STORE_NOT_CONFIGURED', http: 500, grpc: 'FailedPrecondition' },
  (storeName: string, appId: string) => ({
    message: `state store ${storeName} is not configured`,
    details: [errorInfo('DAPR_STATE_NOT_CONFIGURED', { appID: appId })],
  }),
);

export const stateStoreNotFound = defineError(
  { code: 'ERR_STATE_STORE_NOT_FOUND', http: 400, grpc: 'InvalidArgument' },
  (storeName: string, appId: string) => ({
    message: `state store ${storeName} is not found`,
    details: [errorInfo('DAPR_STATE_NOT_FOUND', { appID: appId })],
  }),
);

export const illegalStateKey = defineError(
  { code: 'ERR_MALFORMED_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (storeName: string, key: string) => {
    const message = `input key/keyPrefix '${key}' can't contain '||'`;
    return {
      message,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          field_violations: [{ field: key, description: message }],
        },
        resourceInfo('state', storeName, ''),
        errorInfo('DAPR_STATE_ILLEGAL_KEY', {}),
      ],
    };
  },
);

/** An error of a request as a whole, such as a missing key. */
export const malformedStateRequest = defineError(
  { code: 'ERR_MALFORMED_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (reason: string) => reason,
);

export const stateGetFailed = defineError(
  { code: 'ERR_STATE_GET', http: 500, grpc: 'Internal' },
  (key: string, storeName: string, reason: string) => `fail to get ${key} from state store ${storeName}: ${reason}`,
);

export const stateBulkGetFailed = defineError(
  { code: 'ERR_STATE_BULK_GET', http: 500, grpc: 'Internal' },
  (storeName: string, reason: string) => `fail to get keys in bulk from state store ${storeName}: ${reason}`,
);

const describeSave = (storeName: string, reason: string): string =>
  `failed saving state in state store ${storeName}: ${reason}`;
export const stateSaveFailed = defineError({ code: 'ERR_STATE_SAVE', http: 500, grpc: 'Internal' }, describeSave);
export const stateSaveConflict = defineError({ code: 'ERR_STATE_SAVE', http: 409, grpc: 'Aborted' }, describeSave);
export const stateSaveEtagInvalid = defineError(
  { code: 'ERR_STATE_SAVE', http: 400, grpc: 'InvalidArgument' },
  describeSave,
);

const describeDelete = (key: string, reason: string): string => `failed deleting state with key ${key}: ${reason}`;
export const stateDeleteFailed = defineError({ code: 'ERR_STATE_DELETE', http: 500, grpc: 'Internal' }, describeDelete);
export const stateDeleteConflict = defineError(
  { code: 'ERR_STATE_DELETE', http: 409, grpc: 'Aborted' },
  describeDelete,
);
export const stateDeleteEtagInvalid = defineError(
  { code: 'ERR_STATE_DELETE', http: 400, grpc: 'InvalidArgument' },
  describeDelete,
);

const describeBulkDelete = (storeName: string, reason: string): string =>
  `failed deleting state in bulk in state store ${storeName}: ${reason}`;
export const stateBulkDeleteFailed = defineError(
  { code: 'ERR_STATE_BULK_DELETE', http: 500, grpc: 'Internal' },
  describeBulkDelete,
);
export const stateBulkDeleteConflict = defineError(
  { code: 'ERR_STATE_BULK_DELETE', http: 409, grpc: 'Aborted' },
  describeBulkDelete,
);
export const stateBulkDeleteEtagInvalid = defineError(
  { code: 'ERR_STATE_BULK_DELETE', http: 400, grpc: 'InvalidArgument' },
  describeBulkDelete,
);

/** 500 even for an etag conflict, as upstream. */
export const stateTransactionFailed = defineError(
  { code: 'ERR_STATE_TRANSACTION', http: 500, grpc: 'Internal' },
  (reason: string) => `error while executing state transaction: ${reason}`,
);

export const stateOperationNotSupported = defineError(
  { code: 'ERR_NOT_SUPPORTED_STATE_OPERATION', http: 400, grpc: 'Unimplemented' },
  (operation: string) => `operation type ${operation} not supported`,
);

const helpLink: ErrorDetail = {
  '@type': 'type.googleapis.com/google.rpc.Help',
  links: [
    {
      description: 'Check the list of state stores and the features they support',
      url: 'https://docs.dapr.io/reference/components-reference/supported-state-stores/',
    },
  ],
};

export const transactionsNotSupported = defineError(
  { code: 'ERR_STATE_STORE_NOT_SUPPORTED', http: 500, grpc: 'Unimplemented' },
  (storeName: string) => ({
    message: `state store ${storeName} doesn't support transactions`,
    details: [helpLink, resourceInfo('state', storeName, ''), errorInfo('DAPR_STATE_TRANSACTIONS_NOT_SUPPORTED', {})],
  }),
);

export const tooManyTransactionOperations = defineError(
  { code: 'ERR_STATE_STORE_TOO_MANY_TRANSACTIONS', http: 400, grpc: 'InvalidArgument' },
  (storeName: string, count: number, most: number) => ({
    message: `the transaction contains ${count} operations, which is more than what the state store supports: ${most}`,
    details: [
      resourceInfo('state', storeName, ''),
      errorInfo('DAPR_STATE_TOO_MANY_TRANSACTIONS', {
        currentOpsTransaction: String(count),
        maxOpsPerTransaction: String(most),
      }),
    ],
  }),
);

export const queryingNotSupported = defineError(
  { code: 'ERR_STATE_STORE_NOT_SUPPORTED', http: 500, grpc: 'Internal' },
  (storeName: string) => ({
    message: 'state store does not support querying',
    details: [resourceInfo('state', storeName, ''), errorInfo('DAPR_STATE_QUERYING_NOT_SUPPORTED', {})],
  }),
);

export const stateQueryFailed = defineError(
  { code: 'ERR_STATE_QUERY', http: 500, grpc: 'Internal' },
  (storeName: string, reason: string) => ({
    message: `state store ${storeName} query failed: ${reason}`,
    details: [resourceInfo('state', storeName, ''), errorInfo('DAPR_STATE_QUERY_FAILED', {})],
  }),
);

/** The transaction was not executed, because its event could not be sent to the broker. */
export const outboxPublishFailed = defineError(
  { code: 'ERR_PUBLISH_OUTBOX', http: 500, grpc: 'Internal' },
  (appId: string, reason: string) => ({
    message: `error while publishing outbox message: ${reason}`,
    details: [errorInfo('DAPR_PUBSUB_OUTBOX', { appID: appId, error: reason })],
  }),
);

/** A key of a component's encryption is invalid. */
export const encryptionKeyInvalid = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  (storeName: string, setting: string, why: string) =>
    `failed to extract encryption key: ${setting} of state store ${storeName} ${why}`,
);

/** The stored value was not encrypted with a key that the store still has. */
export const undecipherable = defineError(
  { code: 'ERR_STATE_UNDECIPHERABLE', http: 500, grpc: 'Internal' },
  (storeName: string, reason: string) => `could not decrypt data for state store ${storeName}: ${reason}`,
);
