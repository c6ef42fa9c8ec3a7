import type { Call } from '#core/call.ts';
import type { JobData } from './job-store.ts';

/** The user's program, as jobs use it. */
export interface JobApp {
  /**
   * Resolves when the job is done; also when the app does not know the job, since retrying would not help. Rejects with
   * `jobRejected`, or with the channel's error when the app cannot be reached.
   */
  run(call: Call, name: string, data: JobData | undefined): Promise<'done' | 'unknown'>;
}
