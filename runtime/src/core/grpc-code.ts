import type { GrpcCode } from './errors.ts';

/** In the order of their numbers, from 0. */
const names = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const satisfies readonly ('OK' | GrpcCode)[];

const https: Readonly<Record<GrpcCode, number>> = {
  Canceled: 408,
  Unknown: 500,
  InvalidArgument: 400,
  DeadlineExceeded: 504,
  NotFound: 404,
  AlreadyExists: 409,
  PermissionDenied: 403,
  ResourceExhausted: 429,
  FailedPrecondition: 400,
  Aborted: 409,
  OutOfRange: 400,
  Unimplemented: 501,
  Internal: 500,
  Unavailable: 503,
  DataLoss: 500,
  Unauthenticated: 401,
};

const numbers = new Map<string, number>(names.map((name, number) => [name, number]));

/** The number of google.rpc.Code. */
export function codeNumber(code: GrpcCode): number {
  return numbers.get(code) ?? 2;
}

/** The code of a status other than success; an unknown number is `Unknown`. */
export function codeNamed(number: number): GrpcCode {
  const name = names[number];
  return name === undefined || name === 'OK' ? 'Unknown' : name;
}

/** The HTTP status that Dapr maps a gRPC status number to. */
export function httpOfCode(number: number): number {
  return number === 0 ? 200 : https[codeNamed(number)];
}
