import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { loggableFields } from './loggable.ts';

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
  const destination: DestinationStream = write === undefined ? standardOutput() : { write };
  return pino(
    {
      level: logLevels.includes(level) ? level : 'info',
      base: { app },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      mixin: () => ({ trace: traceId() }),
      // Before pino reads a field: it would copy them by their getters.
      mixinMergeStrategy: (fields, own) => Object.assign(own, loggableFields(fields)),
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** Lines that wait while nothing can be written; more are dropped. */
const maxWaiting = 1 << 20;

function standardOutput(): DestinationStream {
  // Written synchronously: the last lines of a process that ends are the ones that explain why.
  const output = pino.destination({ fd: 1, sync: true, maxLength: maxWaiting });
  // A full disk must not fail what is logged: without a listener it would throw from the call.
  output.on('error', () => {});
  return output;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
