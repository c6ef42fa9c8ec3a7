const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const oneDecimalFormat = new Intl.NumberFormat('en-IE', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `14:03:27`, in the browser's time zone. */
export const formatClock = (iso: string): string => formatOrRaw(iso, clockFormat);

/** `22 November 2026`. */
export const formatDay = (iso: string): string => formatOrRaw(iso, dayFormat);

/** `22 November 2026, 14:03:27`. */
export const formatMoment = (iso: string): string => `${formatDay(iso)}, ${formatClock(iso)}`;

/** `0.4 ms`, `12 ms`, `3.2 s`, `2 min 5 s`: the precision a reader can use. */
export const formatDuration = (ms: number): string => {
  if (ms < 10) return `${oneDecimalFormat.format(ms)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${oneDecimalFormat.format(ms / 1000)} s`;
  const totalSeconds = Math.round(ms / 1000);
  return `${Math.floor(totalSeconds / 60)} min ${totalSeconds % 60} s`;
};

/** An invalid date is returned unchanged, so that bad data does not break the page. */
const formatOrRaw = (iso: string, format: Intl.DateTimeFormat): string => {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : format.format(at);
};
