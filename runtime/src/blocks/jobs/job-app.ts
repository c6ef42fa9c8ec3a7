import type { Call } from '#core/call.ts';
import type { JobData } from './job-store.ts';

/** The user's program, as jobs see it. */
export interface JobApp {
  /**
   * Resolves when the job is done; also when the app says that it knows no such job, since trying again would not help.
   * Rejects with `jobNotTaken`, or with the channel's error when nobody is there.
   */
  run(call: Call, name: string, data: JobData | undefined): Promise<'done' | 'unknown'>;
}
