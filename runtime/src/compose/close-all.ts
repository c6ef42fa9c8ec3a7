import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

/** Closes the last opened first. What cannot be closed is logged and does not keep the rest open. */
export async function closeAll(closers: (() => Promise<void>)[], log: Log): Promise<void> {
  for (let close = closers.pop(); close; close = closers.pop()) {
    try {
      await close();
    } catch (cause) {
      log.warn({ error: textOf(cause) }, 'something did not close cleanly');
    }
  }
}
