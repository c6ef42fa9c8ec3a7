import type { Log, LogFields } from '#core/log.ts';
import type { LogLevel } from '../config/config.ts';

export interface LogOptions {
  readonly level: LogLevel;
  readonly asJson: boolean;
  /** Empty until the app id is known. */
  readonly appId: string;
  readonly instance: string;
  readonly version: string;
  /** The wall clock, for the `time` field. */
  readonly now: () => number;
  /** Writes one finished line, line break included, and does not lose it when the process exits next. */
  readonly write: (line: string) => void;
}

/** A log that also has the fatal line before the process exits. */
export interface ProcessLog extends Log {
  fatal(fields: LogFields, message: string): void;
}

type Level = 'debug' | 'info' | 'warning' | 'error' | 'fatal';
const ranks: Readonly<Record<Level | LogLevel, number>> = {
  debug: 0,
  info: 1,
  warn: 2,
  warning: 2,
  error: 3,
  fatal: 4,
};

/** Writes lines in the reference sidecar's format, so that its log readers work. */
export function processLog(options: LogOptions, scope = 'dapr.runtime'): ProcessLog {
  const common = {
    app_id: options.appId || undefined,
    instance: options.instance,
    scope,
    type: 'log',
    ver: options.version,
  };
  const render = options.asJson ? jsonLine : textLine;
  const line = (level: Level) =>
    ranks[level] < ranks[options.level]
      ? () => {}
      : (fields: LogFields, message: string) =>
          options.write(render(timestamp(options.now()), level, message, { ...fields, ...common }));
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warning'),
    error: line('error'),
    fatal: line('fatal'),
    scoped: (name) => processLog(options, name),
  };
}

type Render = (time: string, level: Level, message: string, fields: LogFields) => string;

const textLine: Render = (time, level, message, fields) => {
  const rest = Object.keys(fields)
    .filter((name) => fields[name] !== undefined)
    .sort()
    .map((name) => ` ${name}=${quoted(plain(fields[name]))}`);
  return `time="${time}" level=${level} msg=${quoted(message)}${rest.join('')}\n`;
};

const jsonLine: Render = (time, level, message, fields) =>
  `${JSON.stringify({ ...mapped(fields), level, msg: message, time })}\n`;

function mapped(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  );
}

function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.message;
  return JSON.stringify(value) ?? String(value);
}

function quoted(text: string): string {
  return /^[\w\-./@^+]+$/.test(text) ? text : JSON.stringify(text);
}

function timestamp(ms: number): string {
  const wholeMs = Math.floor(ms);
  const nanoseconds = Math.floor((ms - wholeMs) * 1e6);
  return new Date(wholeMs).toISOString().replace('Z', `${String(nanoseconds).padStart(6, '0')}Z`);
}
