/** A recurring time. */
export interface Schedule {
  /**
   * The first time after `after`, both in milliseconds since the epoch; undefined when there is none. A fixed interval
   * counts from `anchor`.
   */
  next(after: number, anchor: number): number | undefined;
}

/**
 * Parses six cron fields, `@daily` and similar, and `@every 1h30m`. Throws an Error that describes the invalid part.
 */
export type ReadSchedule = (text: string) => Schedule;
