/** gRPC status names as in google.rpc.Code; the gRPC server converts them to numbers. */
export type GrpcCode =
  | 'Canceled'
  | 'Unknown'
  | 'InvalidArgument'
  | 'DeadlineExceeded'
  | 'NotFound'
  | 'AlreadyExists'
  | 'PermissionDenied'
  | 'ResourceExhausted'
  | 'FailedPrecondition'
  | 'Aborted'
  | 'OutOfRange'
  | 'Unimplemented'
  | 'Internal'
  | 'Unavailable'
  | 'DataLoss'
  | 'Unauthenticated';

/**
 * How a kind of error appears in the HTTP and the gRPC API. In Dapr the pair (HTTP status, gRPC code) is not a function
 * of one kind, so each row has both.
 */
export interface ErrorKind {
  /** Dapr's `errorCode`, such as `ERR_STATE_GET`. */
  readonly code: string;
  readonly http: number;
  readonly grpc: GrpcCode;
  /** A retry cannot succeed, whatever the retry policy. */
  readonly isPermanent?: true;
}

/** One entry of Dapr's `details` array, already in its JSON form (`@type` and snake_case fields). */
export interface ErrorDetail {
  readonly '@type': string;
  readonly [field: string]: unknown;
}

/** What an error's `describe` function may return when the error has rich details (state, pub/sub, jobs). */
export interface ErrorDescription {
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
}

/** The only error class of the runtime. Callers check `kind.code`, never the message. */
export class RuntimeError extends Error {
  readonly kind: ErrorKind;
  /** Present only where Dapr has a `details` array; absent means the legacy body with two fields. */
  readonly details: readonly ErrorDetail[] | undefined;

  constructor(kind: ErrorKind, description: ErrorDescription, options?: ErrorOptions) {
    super(description.message, options);
    this.name = 'RuntimeError';
    this.kind = kind;
    this.details = description.details;
  }
}

/**
 * Declares an error once, in a block's `errors.ts`:
 * `export const stateStoreNotFound = defineError({ code, http, grpc }, (name: string) => `state store ${name} is not found`)`
 * and raises it with `throw stateStoreNotFound('orders')`. Add a cause with `withCause(error, cause)`.
 */
export function defineError<Args extends unknown[]>(
  kind: ErrorKind,
  describe: (...args: Args) => string | ErrorDescription,
): (...args: Args) => RuntimeError {
  return (...args) => {
    const description = describe(...args);
    return new RuntimeError(kind, typeof description === 'string' ? { message: description } : description);
  };
}

export function withCause(error: RuntimeError, cause: unknown): RuntimeError {
  error.cause = cause;
  return error;
}

/** Dapr's ErrorInfo detail; every rich error has one. */
export function errorInfo(reason: string, metadata: Readonly<Record<string, string>>): ErrorDetail {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'dapr.io', metadata };
}

/** Dapr's ResourceInfo detail. `kind` is `state` or `pubsub`. */
export function resourceInfo(kind: string, name: string, owner: string): ErrorDetail {
  const type = 'type.googleapis.com/google.rpc.ResourceInfo';
  return { '@type': type, resource_type: kind, resource_name: name, owner, description: '' };
}

/** The message of anything that was thrown, for messages that quote a cause. */
export function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
