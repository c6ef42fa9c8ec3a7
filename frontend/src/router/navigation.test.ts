import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Navigation } from './navigation.ts';

/** The parts of `Window` that `Navigation` uses. */
const fakeWindow = () => {
  const entries: { href: string; state: unknown }[] = [{ href: '/', state: null }];
  let at = 0;
  let popListener: (() => void) | undefined;
  const currentUrl = () => new URL(entries[at]?.href ?? '/', 'http://shop.test');
  const window = {
    scrollY: 0,
    get location() {
      return currentUrl();
    },
    history: {
      scrollRestoration: 'auto',
      get state() {
        return entries[at]?.state;
      },
      pushState(state: unknown, _title: string, href: string) {
        entries.splice(++at, Infinity, { state, href });
      },
      replaceState(state: unknown, _title: string, href: string) {
        entries[at] = { state, href };
      },
    },
    addEventListener: (_name: string, listener: () => void) => (popListener = listener),
    removeEventListener: () => (popListener = undefined),
  };
  return {
    window: window as unknown as Window,
    scrollTo: (y: number) => (window.scrollY = y),
    back() {
      at--;
      popListener?.();
    },
    hasListener: () => popListener !== undefined,
    count: () => entries.length,
  };
};

test('Navigation: going back restores the scroll position', () => {
  const browser = fakeWindow();
  const navigation = new Navigation(browser.window);
  browser.scrollTo(640);
  navigation.navigate({ page: 'cart' });
  equal(navigation.restoredScroll, 0);
  browser.scrollTo(0);
  browser.back();
  deepEqual([navigation.location.route, navigation.restoredScroll], [{ page: 'home' }, 640]);
});

test('Navigation: replace adds no history entry for each typed letter', () => {
  const browser = fakeWindow();
  const navigation = new Navigation(browser.window);
  navigation.navigate('/shop');
  for (const q of ['r', 'ro', 'rop']) navigation.navigate(`/shop?q=${q}`, 'replace');
  equal(browser.count(), 2);
  deepEqual(navigation.location.route, { page: 'shop', search: 'q=rop' });
});

test('Navigation: a new page requests the focus once, a refined one does not', () => {
  const navigation = new Navigation(fakeWindow().window);
  equal(navigation.consumeFocus(), false);
  navigation.navigate('/shop');
  deepEqual([navigation.consumeFocus(), navigation.consumeFocus()], [true, false]);
  navigation.navigate('/shop?brand=Skerry', 'refine');
  equal(navigation.consumeFocus(), false);
});

test('Navigation: replace with another page starts at the top and adds no history entry', () => {
  const browser = fakeWindow();
  const navigation = new Navigation(browser.window);
  navigation.navigate('/checkout');
  const before = navigation.location.key;
  navigation.navigate({ page: 'order', orderId: 'o-1' }, 'replace');
  deepEqual([browser.count(), navigation.startsAtTop, navigation.consumeFocus()], [2, true, true]);
  notEqual(navigation.location.key, before);
});

test('Navigation: close removes the listener', () => {
  const browser = fakeWindow();
  const navigation = new Navigation(browser.window);
  navigation.close();
  equal(browser.hasListener(), false);
});
