import type { PageTransitions } from './page-transitions.ts';

/** How long to wait for the content to reach the saved scroll position. */
const restoreTimeoutMs = 2_000;

/**
 * Scrolls a new page to its top and an earlier one to its saved position as soon as it is tall enough. Returns a
 * cleanup function.
 */
export const restoreScroll = (transitions: PageTransitions): (() => void) | undefined => {
  if (transitions.startsAtTop) window.scrollTo(0, 0);
  const top = transitions.restoredScroll;
  if (top === undefined) return undefined;
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
  // Manual scrolling cancels the restoration.
  window.addEventListener('wheel', stop, { passive: true });
  window.addEventListener('touchmove', stop, { passive: true });
  resizeObserver.observe(document.body);
  return stop;
};
