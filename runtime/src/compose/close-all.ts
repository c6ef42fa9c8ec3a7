import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

/** Closes in reverse order of opening. A failure is logged and does not prevent the rest from closing. */
export async function closeAll(closers: (() => Promise<void>)[], log: Log): Promise<void> {
  for (let close = closers.pop(); close; close = closers.pop()) {
    try {
      await close();
    } catch (cause) {
      log.warn({ error: textOf(cause) }, 'a resource failed to close');
    }
  }
}
