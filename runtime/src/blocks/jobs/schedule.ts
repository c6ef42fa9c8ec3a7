/** When something happens again and again. */
export interface Schedule {
  /**
   * The first time after `after`, both in milliseconds since the epoch; undefined when there is none. A fixed interval
   * counts from `anchor`.
   */
  next(after: number, anchor: number): number | undefined;
}

/** Reads cron's six fields, `@daily` and its kind, and `@every 1h30m`. Throws an Error that says what is wrong. */
export type ReadSchedule = (text: string) => Schedule;
