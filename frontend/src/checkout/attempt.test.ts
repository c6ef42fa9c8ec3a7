import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import type { KeyValueStorage } from './attempt.ts';
import { CheckoutAttempt, fingerprint } from './attempt.ts';

const cart = (quantity: number): CartView =>
  ({ total: eur(quantity * 100), lines: [{ product: { id: 'rope' }, quantity }] }) as unknown as CartView;

const fakeStorage = (): KeyValueStorage & { readonly entries: Map<string, string> } => {
  const entries = new Map<string, string>();
  return {
    entries,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => entries.set(key, value),
    removeItem: (key) => entries.delete(key),
  };
};

const keys = (): (() => string) => {
  let last = 0;
  return () => `key-${++last}`;
};

test('CheckoutAttempt: a double click and a reload are the same attempt', () => {
  const stored = fakeStorage();
  const first = new CheckoutAttempt(stored, keys()).begin(cart(1));
  const afterReload = new CheckoutAttempt(stored, () => 'another');
  equal(afterReload.open?.key, first);
  equal(afterReload.begin(cart(1)), first);
});

test('CheckoutAttempt: a different cart is a new attempt', () => {
  const attempt = new CheckoutAttempt(fakeStorage(), keys());
  notEqual(attempt.begin(cart(1)), attempt.begin(cart(2)));
});

test('CheckoutAttempt: after settle, the next click is a new attempt', () => {
  const attempt = new CheckoutAttempt(fakeStorage(), keys());
  const first = attempt.begin(cart(1));
  attempt.settle();
  equal(attempt.open, undefined);
  notEqual(attempt.begin(cart(1)), first);
});

test('CheckoutAttempt: stores a key and a cart, and nothing of a card', () => {
  const stored = fakeStorage();
  new CheckoutAttempt(stored, keys()).begin(cart(2));
  deepEqual([...stored.entries.values()], ['{"key":"key-1","cartFingerprint":"200:ropex2"}']);
});

test('CheckoutAttempt: an unreadable entry is ignored', () => {
  const stored = fakeStorage();
  stored.setItem('tidewater.attempt', '{"key"');
  equal(new CheckoutAttempt(stored, keys()).open, undefined);
});

test('fingerprint: ignores the version of the cart', () => {
  equal(fingerprint({ ...cart(1), version: 3 }), fingerprint({ ...cart(1), version: 4 }));
});
