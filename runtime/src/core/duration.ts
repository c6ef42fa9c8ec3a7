/** A period in Dapr's notation. Calendar parts are separate, since a month has no fixed length. */
export interface Period {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly ms: number;
  /** `R<n>/` before an ISO 8601 duration: how often it may fire. Undefined means no limit. */
  readonly repetitions?: number;
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
/** Go counts nanoseconds in 64 bits: 292 years. Its longest duration, which some programs use for "never", is valid. */
const longestMs = Math.ceil(2 ** 63 / 1e6);
const longestYears = 10_000;
/** The end of the last year that RFC 3339 can express. */
const lastInstant = Date.UTC(10_000, 0) - 1;
const goPattern = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const goPart = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const isoPattern =
  /^(?:R(-?\d+)\/)?P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const instantPattern = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds of a Go duration such as `1h2m3.5s`; undefined for invalid text or one too long for Go. A bare `0` is valid. */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0' || text === '+0' || text === '-0') return 0;
  const match = goPattern.exec(text);
  if (!match?.[2]) return undefined;
  let ms = 0;
  for (const [, amount, unit] of match[2].matchAll(goPart)) ms += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  if (ms > longestMs) return undefined;
  return match[1] === '-' ? -ms : ms;
}

/** As Go prints a duration: `10s`, `1m0s`, `1.5s`, `100ms`, `0s`. */
export function formatGoDuration(ms: number): string {
  if (ms < 0) return `-${formatGoDuration(-ms)}`;
  if (ms === 0) return '0s';
  if (ms < 1e-3) return `${trimmed(ms * 1e6)}ns`;
  if (ms < 1) return `${trimmed(ms * 1e3)}µs`;
  if (ms < 1000) return `${trimmed(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = `${trimmed((ms % 60_000) / 1000)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** A Go duration or an ISO 8601 duration with an optional `R<n>/`; undefined for invalid text or one too long. */
export function parsePeriod(text: string): Period | undefined {
  const ms = parseGoDuration(text);
  if (ms !== undefined) return { years: 0, months: 0, days: 0, ms };
  const match = isoPattern.exec(text);
  if (!match) return undefined;
  const [, repetitions, years, months, weeks, days, hours, minutes, seconds] = match;
  const period = {
    years: Number(years ?? 0),
    months: Number(months ?? 0),
    days: Number(weeks ?? 0) * 7 + Number(days ?? 0),
    ms: Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1000,
  };
  if (period.ms > longestMs || period.years + period.months / 12 + period.days / 365 > longestYears) return undefined;
  // below zero means no limit
  return repetitions === undefined || Number(repetitions) < 0
    ? period
    : { ...period, repetitions: Number(repetitions) };
}

/** True when the period has a year, month, week or day: its length depends on when it begins. */
export function isCalendar(period: Period): boolean {
  return period.years !== 0 || period.months !== 0 || period.days !== 0;
}

/** The instant one period after `from`, both in milliseconds since the epoch; calendar parts are counted in UTC. */
export function addPeriod(from: number, period: Period): number {
  if (!isCalendar(period)) return from + period.ms;
  const date = new Date(from);
  date.setUTCFullYear(
    date.getUTCFullYear() + period.years,
    date.getUTCMonth() + period.months,
    date.getUTCDate() + period.days,
  );
  return date.getTime() + period.ms;
}

/**
 * A due or end time: an RFC 3339 instant, or a duration counted from `from`. Milliseconds since the epoch; undefined
 * for invalid text and for instants after the year 9999. `R<n>/` is invalid here.
 */
export function parseInstant(text: string, from: number): number | undefined {
  const date = instantPattern.exec(text)?.[1];
  if (date !== undefined) return isDate(date) ? numberOrNone(Date.parse(text)) : undefined;
  const period = parsePeriod(text);
  return period === undefined || period.repetitions !== undefined ? undefined : numberOrNone(addPeriod(from, period));
}

/** `Date` itself reads 30 February as 2 March. */
function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function numberOrNone(instant: number): number | undefined {
  return instant <= lastInstant ? instant : undefined;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(9)));
}
