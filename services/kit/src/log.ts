import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON line per event: fields and a message. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export const logLevels: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies readonly (keyof Log)[];

export interface LogOptions {
  readonly app: string;
  /** `info` when absent. */
  readonly level?: string;
  /** Gets each line; standard output when absent. */
  readonly write?: (line: string) => void;
  readonly now: () => number;
  /** The trace that the line belongs to. */
  readonly traceId: () => string | undefined;
}

/** pino, with the names and forms that the launcher and operators read: `level`, `time`, `app`, `trace`, fields, `msg`. */
export function jsonLog({ app, level = 'info', write, now, traceId }: LogOptions): Logger {
  // Written synchronously: the last lines of a process that ends are the ones that explain why.
  const destination: DestinationStream = write === undefined ? pino.destination({ fd: 1, sync: true }) : { write };
  return pino(
    {
      level: logLevels.includes(level) ? level : 'info',
      base: { app },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      mixin: () => ({ trace: traceId() }),
      formatters: { level: (label) => ({ level: label }), log: (fields) => loggable(fields, 0) },
    },
    destination,
  );
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Names of fields whose values are never logged, however deep they are. */
const secretName = /^(.*[-_]?token|authorization|(set-)?cookie|password|.*secret|cvc)$/i;
const maxLength = 1_000;
const maxDepth = 6;

/** A copy of the fields without secrets, with errors as text and long text shortened. */
function loggable(fields: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    copy[name] = secretName.test(name) && value !== undefined ? '[redacted]' : loggableValue(value, depth);
  return copy;
}

function loggableValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shortened(value);
  if (typeof value !== 'object' || value === null) return value;
  // Errors have no enumerable members and would be logged as `{}`.
  if (value instanceof Error) return shortened(describe(value));
  if (depth >= maxDepth) return '[nested too deep]';
  if (Array.isArray(value)) return value.map((item) => loggableValue(item, depth + 1));
  return isPlain(value) ? loggable(value, depth + 1) : value;
}

/** What came from outside may be of any length; a line of the log may not. */
const shortened = (value: string): string =>
  value.length > maxLength ? `${value.slice(0, maxLength)}… (${value.length} characters)` : value;

const isPlain = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

function describe(error: Error): string {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.name}: ${error.message}${cause}`;
}
