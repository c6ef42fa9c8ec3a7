import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Navigation } from './navigation.ts';

/** As much of a browser window as a journey needs. */
const fakeWindow = () => {
  const entries: { href: string; state: unknown }[] = [{ href: '/', state: null }];
  let at = 0;
  let popped: (() => void) | undefined;
  const here = () => new URL(entries[at]?.href ?? '/', 'http://shop.test');
  const window = {
    scrollY: 0,
    get location() {
      return here();
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
    addEventListener: (_name: string, listener: () => void) => (popped = listener),
    removeEventListener: () => (popped = undefined),
  };
  return {
    window: window as unknown as Window,
    scrollTo: (y: number) => (window.scrollY = y),
    back() {
      at--;
      popped?.();
    },
    isHeard: () => popped !== undefined,
    count: () => entries.length,
  };
};

test('going back leads to the scroll position that was left', () => {
  const browser = fakeWindow();
  const navigation = new Navigation(browser.window);
  browser.scrollTo(640);
  navigation.go({ page: 'cart' });
  equal(navigation.restoredScroll, 0);
  browser.scrollTo(0);
  browser.back();
  deepEqual([navigation.place.route, navigation.restoredScroll], [{ page: 'home' }, 640]);
});

test('typing a search leaves one step back, not one for each letter', () => {
  const browser = fakeWindow();
  const navigation = new Navigation(browser.window);
  navigation.go('/shop');
  for (const q of ['r', 'ro', 'rop']) navigation.go(`/shop?q=${q}`, 'replace');
  equal(browser.count(), 2);
  deepEqual(navigation.place.route, { page: 'shop', search: 'q=rop' });
});

test('a new page takes the focus once; a refined one leaves it where it is', () => {
  const navigation = new Navigation(fakeWindow().window);
  equal(navigation.takeFocus(), false);
  navigation.go('/shop');
  deepEqual([navigation.takeFocus(), navigation.takeFocus()], [true, false]);
  navigation.go('/shop?brand=Skerry', 'refine');
  equal(navigation.takeFocus(), false);
});

test('a finished checkout makes way for its order, at the top and out of the way back', () => {
  const browser = fakeWindow();
  const navigation = new Navigation(browser.window);
  navigation.go('/checkout');
  const before = navigation.place.key;
  navigation.go({ page: 'order', orderId: 'o-1' }, 'replace');
  deepEqual([browser.count(), navigation.isAtTop, navigation.takeFocus()], [2, true, true]);
  notEqual(navigation.place.key, before);
});

test('a closed navigation no longer listens', () => {
  const browser = fakeWindow();
  const navigation = new Navigation(browser.window);
  navigation.close();
  equal(browser.isHeard(), false);
});
