import type { InputBinding } from '#blocks/bindings/binding.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { Cancel } from '#core/clock.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { noBody } from '#core/message.ts';
import { readBindingSchedule } from './schedule.ts';

/** `bindings.cron`: sends an event to the app on each tick. A tick that the app rejects is not sent again. */
export const cronBinding: Factory<InputBinding> = ({ name, metadata, clock, log }) => {
  const text = metadata['schedule'] ?? '';
  if (text === '') throw new TypeError('schedule is required');
  const schedule = readBindingSchedule(text);
  let stop: () => void = () => {};

  return Promise.resolve({
    read(handler) {
      const running = new Set<Promise<void>>();
      let cancel: Cancel = () => {};
      const anchor = clock.now();

      const tick = (dueAt: number): void => {
        const work = handler({ data: noBody, metadata: { timeZone: 'Local', readTimeUTC: goTime(clock.now()) } })
          .then(() => {})
          .catch((cause: unknown) => log.debug({ binding: name, error: textOf(cause) }, 'the app rejected a tick'))
          .finally(() => running.delete(work));
        running.add(work);
        // missed ticks, for example while the machine slept, are skipped
        wait(Math.max(dueAt, clock.now()));
      };
      const wait = (after: number): void => {
        const dueAt = schedule.next(after, anchor);
        if (dueAt !== undefined) cancel = clock.after(dueAt - clock.now(), () => tick(dueAt));
      };
      wait(anchor);
      stop = () => cancel();
      return Promise.resolve({
        async close(drainMs) {
          cancel();
          await waitUpTo(clock, drainMs, Promise.all(running));
        },
      });
    },
    close() {
      stop();
      return Promise.resolve();
    },
  });
};

/** As Go prints a time in UTC, for apps that were written for the reference: `2026-01-31 12:00:00.5 +0000 UTC`. */
function goTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  const fraction = iso.slice(19, 23).replace(/\.?0+$/, '');
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction} +0000 UTC`;
}
