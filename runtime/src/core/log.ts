export type LogFields = Readonly<Record<string, unknown>>;

/** One line per event: facts first, then a sentence. `log.warn({ topic, attempt }, 'delivery refused, will retry')`. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same log under Dapr's `scope` field, such as `dapr.runtime.actors`. */
  scoped(scope: string): Log;
}

/** Says nothing; for tests. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  scoped: () => silentLog,
};
