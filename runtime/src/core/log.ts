export type LogFields = Readonly<Record<string, unknown>>;

/** One line per event: fields first, then a message. `log.warn({ topic, attempt }, 'delivery failed, will retry')`. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same log under Dapr's `scope` field, such as `dapr.runtime.actors`. */
  scoped(scope: string): Log;
}

/** Discards everything; for tests. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  scoped: () => silentLog,
};
