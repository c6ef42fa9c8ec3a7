import { useEffect, useState } from 'react';
import { retryDelayMs } from '../data/scheduler.ts';

const entry = 'tidewater.reloaded-at';
/** A page that fails again right after a reload is not helped by another one. */
const noReloadForMs = 60_000;

/** Chromium, Firefox and Safari each say it in their own way. */
export const isLoadFailure = (error: unknown): boolean =>
  error instanceof TypeError &&
  /dynamically imported module|importing a module script|load failed/i.test(error.message);

/** Whether another reload may help. */
export const mayReload = (memory: Pick<Storage, 'getItem'>, now: number): boolean =>
  now - Number(memory.getItem(entry) ?? 0) > noReloadForMs;

/**
 * A browser may remember a script that failed to load for as long as the page lives, so a reload is the only cure: it is
 * done as soon as the shop answers. True while that is being tried.
 */
export const useReloadWhenReachable = (isWanted: boolean): boolean => {
  const [isTrying] = useState(() => mayReload(sessionStorage, Date.now()));
  const isOn = isWanted && isTrying;
  useEffect(() => {
    if (!isOn) return undefined;
    let failures = 1;
    let timer: ReturnType<typeof setTimeout>;
    const attempt = async (): Promise<void> => {
      const response = document.hidden ? undefined : await fetch('/', { cache: 'no-store' }).catch(() => undefined);
      if (response?.ok === true) {
        sessionStorage.setItem(entry, String(Date.now()));
        window.location.reload();
      } else timer = setTimeout(() => void attempt(), retryDelayMs(++failures));
    };
    const now = (): void => {
      clearTimeout(timer);
      void attempt();
    };
    timer = setTimeout(() => void attempt(), retryDelayMs(failures));
    window.addEventListener('online', now);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('online', now);
    };
  }, [isOn]);
  return isOn;
};
