const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const seconds = new Intl.NumberFormat('en-IE', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `14:03:27`, in the shopper's own time zone. */
export const formatClock = (iso: string): string => formatOr(iso, clock);

/** `22 November 2026`. */
export const formatDay = (iso: string): string => formatOr(iso, day);

/** `22 November 2026, 14:03:27`. */
export const formatMoment = (iso: string): string => `${formatDay(iso)}, ${formatClock(iso)}`;

/** `0.4 ms`, `12 ms`, `3.2 s`, `2 min 5 s`: the precision a reader can use. */
export const formatDuration = (ms: number): string => {
  if (ms < 10) return `${seconds.format(ms)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${seconds.format(ms / 1000)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

/** Something that is no time is shown as it came: a wrong date must not take the page down. */
const formatOr = (iso: string, format: Intl.DateTimeFormat): string => {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : format.format(at);
};
