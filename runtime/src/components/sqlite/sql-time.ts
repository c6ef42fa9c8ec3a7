/** SQLite's format of a time, in UTC with seconds, as upstream's component writes it: `2026-01-02 03:04:05`. */
export function sqlTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** Milliseconds since the epoch. */
export function parseSqlTime(text: string): number {
  return Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
}
