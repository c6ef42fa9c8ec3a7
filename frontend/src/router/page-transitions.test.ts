import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { NavigateOptions } from './page-transitions.ts';
import { historyKeyOf, inPlace, PageTransitions } from './page-transitions.ts';

/** The parts of `Window` that `PageTransitions` uses, and the navigate function of the router. */
const fakeBrowser = () => {
  const entries: { href: string; state: unknown }[] = [{ href: '/', state: null }];
  let at = 0;
  let popListener: (() => void) | undefined;
  const window = {
    scrollY: 0,
    get location() {
      return new URL(entries[at]?.href ?? '/', 'http://shop.test');
    },
    history: {
      scrollRestoration: 'auto',
      get state() {
        return entries[at]?.state;
      },
    },
    addEventListener: (_name: string, listener: () => void) => (popListener = listener),
    removeEventListener: () => (popListener = undefined),
  };
  let keys = 0;
  const transitions = new PageTransitions(window as unknown as Window, () => `key-${++keys}`);
  const navigate = (href: string, { replace = false, state }: NavigateOptions = {}): void => {
    if (replace) entries[at] = { href, state };
    else entries.splice(++at, Infinity, { href, state });
  };
  return {
    transitions,
    go: (href: string, options?: NavigateOptions) => transitions.aroundNavigation(navigate, href, options),
    scrollTo: (y: number) => (window.scrollY = y),
    back: () => {
      at--;
      popListener?.();
    },
    key: () => historyKeyOf(window.history.state),
    path: () => window.location.pathname,
    count: () => entries.length,
    hasListener: () => popListener !== undefined,
  };
};

test('PageTransitions: going back restores the scroll position', () => {
  const { transitions, go, scrollTo, back, path } = fakeBrowser();
  scrollTo(640);
  go('/cart');
  equal(transitions.restoredScroll, undefined);
  equal(transitions.startsAtTop, true);
  scrollTo(0);
  back();
  deepEqual([path(), transitions.restoredScroll, transitions.startsAtTop], ['/', 640, false]);
});

test('PageTransitions: replacing the query of a page keeps its history entry, scroll position and focus', () => {
  const { transitions, go, key, count } = fakeBrowser();
  go('/shop');
  transitions.consumeFocus();
  const before = key();
  for (const q of ['r', 'ro', 'rop']) go(`/shop?q=${q}`, { replace: true });
  deepEqual([count(), key(), transitions.startsAtTop, transitions.consumeFocus()], [2, before, false, false]);
});

test('PageTransitions: a new page requests the focus once, a refined one does not', () => {
  const { transitions, go } = fakeBrowser();
  equal(transitions.consumeFocus(), false);
  go('/shop');
  deepEqual([transitions.consumeFocus(), transitions.consumeFocus()], [true, false]);
  go('/shop?brand=Skerry', { state: inPlace });
  deepEqual([transitions.consumeFocus(), transitions.startsAtTop], [false, false]);
  go('/shop?page=2');
  deepEqual([transitions.consumeFocus(), transitions.startsAtTop], [true, true]);
});

test('PageTransitions: a URL with a fragment leaves the focus to its element', () => {
  const { transitions, go } = fakeBrowser();
  go('/shop#search');
  deepEqual([transitions.startsAtTop, transitions.consumeFocus()], [true, false]);
});

test('PageTransitions: replacing a page by another one starts at the top and adds no history entry', () => {
  const { transitions, go, key, count } = fakeBrowser();
  go('/checkout');
  const before = key();
  go('/orders/o-1', { replace: true });
  deepEqual([count(), transitions.startsAtTop, transitions.consumeFocus()], [2, true, true]);
  notEqual(key(), before);
});

test('PageTransitions: close removes the listener', () => {
  const { transitions, hasListener } = fakeBrowser();
  transitions.close();
  equal(hasListener(), false);
});
