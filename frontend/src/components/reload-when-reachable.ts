import { useEffect, useState } from 'react';
import { retryDelayMs } from '../data/retry-delay.ts';

const storageKey = 'tidewater.reloaded-at';
/** A page that fails again soon after a reload is not reloaded again. */
const minReloadIntervalMs = 60_000;

/** Chromium, Firefox and Safari use different messages. */
export const isLoadFailure = (error: unknown): boolean =>
  error instanceof TypeError &&
  /dynamically imported module|importing a module script|load failed/i.test(error.message);

/** Whether the last automatic reload is long enough in the past. */
export const isReloadAllowed = (storage: Pick<Storage, 'getItem'>, attemptNow: number): boolean =>
  attemptNow - Number(storage.getItem(storageKey) ?? 0) > minReloadIntervalMs;

/**
 * Browsers may cache the failure of a dynamic import until the page is reloaded: reloads as soon as the shop responds.
 * True while this is pending.
 */
export const useReloadWhenReachable = (isNeeded: boolean): boolean => {
  const [isAllowed] = useState(() => isReloadAllowed(sessionStorage, Date.now()));
  const isActive = isNeeded && isAllowed;
  useEffect(() => {
    if (!isActive) return undefined;
    let failures = 1;
    let timer: ReturnType<typeof setTimeout>;
    const attempt = async (): Promise<void> => {
      const response = document.hidden ? undefined : await fetch('/', { cache: 'no-store' }).catch(() => undefined);
      if (response?.ok === true) {
        sessionStorage.setItem(storageKey, String(Date.now()));
        window.location.reload();
      } else timer = setTimeout(() => void attempt(), retryDelayMs(++failures));
    };
    const attemptNow = (): void => {
      clearTimeout(timer);
      void attempt();
    };
    timer = setTimeout(() => void attempt(), retryDelayMs(failures));
    window.addEventListener('online', attemptNow);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('online', attemptNow);
    };
  }, [isActive]);
  return isActive;
};
