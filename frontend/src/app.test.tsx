import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { act, screen } from '@testing-library/react';
import { hasFocus, isAbsent } from '../testing/expect.ts';
import { openStore } from '../testing/open-store.tsx';
import { rope, withRope } from '../testing/place-order.ts';

test('announcer: the same message twice is announced twice', async (t) => {
  const { user } = await openStore(t, `/products/${rope.id}`);
  const region = screen.getAllByRole('status').at(-1);
  await user.click(screen.getByRole('button', { name: 'Add to cart' }));
  const first = region?.textContent;
  await user.click(screen.getByRole('button', { name: 'Add to cart' }));
  equal(first?.trim(), region?.textContent?.trim());
  equal(first === region?.textContent, false);
});

test('app: an offline device shows a notice, and the page catches up when it is online again', async (t) => {
  const { server, announced, pass } = await openStore(t, '/cart', withRope);
  let isOnline = false;
  t.mock.getter(window.navigator, 'onLine', () => isOnline);
  const dispatch = (name: string) => act(async () => void window.dispatchEvent(new Event(name)));
  await dispatch('offline');
  screen.getByText(/^You are offline\. What you see/);
  equal(announced(), 'You are offline.');
  const requestsBefore = server.requestsOf('GET /api/cart').length;
  isOnline = true;
  await dispatch('online');
  await pass(1);
  isAbsent(screen.queryByText(/^You are offline\. What you see/));
  equal(server.requestsOf('GET /api/cart').length, requestsBefore + 1);
});

test('app: an unknown address has a page of its own, with a way back', async (t) => {
  const { user } = await openStore(t, '/nowhere');
  screen.getByRole('heading', { level: 1, name: 'No soundings here' });
  await user.click(screen.getByRole('link', { name: 'Back to the shore' }));
  hasFocus(screen.getByRole('heading', { level: 1, name: 'The water is warmer than the air' }));
});
