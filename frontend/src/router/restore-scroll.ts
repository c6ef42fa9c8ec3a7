import type { Navigation } from './navigation.ts';

/** How long content may take to grow back to where the visitor was. */
const restoreTimeoutMs = 2_000;

/** Puts a new page at its top and an old one where it was left, as soon as it is tall enough. Returns its own end. */
export const restoreScroll = (navigation: Navigation): (() => void) | undefined => {
  if (navigation.startsAtTop) window.scrollTo(0, 0);
  if (navigation.location.action !== 'pop') return undefined;
  const top = navigation.restoredScroll;
  const restore = (): boolean => {
    if (document.documentElement.scrollHeight < top + window.innerHeight) return false;
    window.scrollTo(0, top);
    return true;
  };
  if (restore()) return undefined;
  const resizeObserver = new ResizeObserver(() => {
    if (restore()) stop();
  });
  const timeout = setTimeout(() => stop(), restoreTimeoutMs);
  const stop = (): void => {
    resizeObserver.disconnect();
    clearTimeout(timeout);
    window.removeEventListener('wheel', stop);
    window.removeEventListener('touchmove', stop);
  };
  // Someone who scrolls herself has decided where to be.
  window.addEventListener('wheel', stop, { passive: true });
  window.addEventListener('touchmove', stop, { passive: true });
  resizeObserver.observe(document.body);
  return stop;
};
