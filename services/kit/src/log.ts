export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON line per event: fields and a message. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

type Level = keyof Log;
const ranks: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export const logLevels: readonly string[] = Object.keys(ranks);

export interface LogOptions {
  readonly app: string;
  /** `info` when absent. */
  readonly level?: string;
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** The trace that the line belongs to. */
  readonly traceId: () => string | undefined;
}

export function jsonLog({ app, level = 'info', write, now, traceId }: LogOptions): Log {
  const minRank = ranks[level as Level] ?? ranks.info;
  const at =
    (rank: Level) =>
    (fields: LogFields, message: string): void => {
      if (ranks[rank] < minRank) return;
      const logFields = { time: new Date(now()).toISOString(), level: rank, app, trace: traceId(), msg: message };
      write(`${JSON.stringify({ ...logFields, ...withErrorsDescribed(fields) }, shortened)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const maxLength = 1_000;

/** What came from outside may be of any length; a line of the log may not. */
const shortened = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > maxLength
    ? `${value.slice(0, maxLength)}… (${value.length} characters)`
    : value;

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Errors have no enumerable members and would be logged as `{}`. */
function withErrorsDescribed(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describe(value) : value]),
  );
}

function describe(error: Error): string {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.name}: ${error.message}${cause}`;
}
