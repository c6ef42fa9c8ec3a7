import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { screen, within } from '@testing-library/react';
import { hasFocus } from '../../testing/expect.ts';
import { openStore } from '../../testing/open-store.tsx';
import { placeOrder } from '../../testing/place-order.ts';

const path = '/orders/TW-MOCK0001/inside';
const rows = () =>
  screen.getAllByRole('button', { name: /ms$|s$/, expanded: undefined }).filter((row) => row.closest('ol'));
const row = (at: number): HTMLElement => {
  const activity = rows().at(at);
  ok(activity);
  return activity;
};

test('inside view: arrow keys, Home and End move through the activities, Enter opens one', async (t) => {
  const { user, pass } = await openStore(t, path, placeOrder);
  await pass(3_000);
  row(0).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  hasFocus(row(2));
  await user.keyboard('{ArrowUp}');
  hasFocus(row(1));
  await user.keyboard('{End}');
  hasFocus(row(-1));
  await user.keyboard('{ArrowDown}');
  hasFocus(row(-1));
  await user.keyboard('{Home}');
  hasFocus(row(0));
  await user.keyboard('{Enter}');
  equal(row(0).getAttribute('aria-expanded'), 'true');
  screen.getByText('started');
  await user.keyboard('{Enter}');
  equal(row(0).getAttribute('aria-expanded'), 'false');
});

test('inside view: filters by program and kind can be combined and released', async (t) => {
  const { user, pass } = await openStore(t, path, placeOrder);
  await pass(5_000);
  const all = rows().length;
  const programs = within(screen.getByRole('group', { name: 'Filter by program' }));
  const kinds = within(screen.getByRole('group', { name: 'Filter by kind' }));
  await user.click(programs.getByRole('button', { name: /^payment/ }));
  const ofPayment = rows().length;
  ok(ofPayment < all);
  await user.click(kinds.getByRole('button', { name: /^Retries/, pressed: false }));
  equal(rows().length, 1);
  screen.getByText('PROVIDER_UNAVAILABLE');
  await user.click(kinds.getByRole('button', { name: /^Retries/, pressed: true }));
  await user.click(programs.getByRole('button', { name: /^payment/ }));
  equal(rows().length, all);
});

test('inside view: grows while the order is processed', async (t) => {
  const { pass } = await openStore(t, path, placeOrder);
  screen.getByRole('heading', { name: 'Nothing recorded yet' });
  await pass(1_500);
  const before = rows().length;
  await pass(1_500);
  ok(rows().length > before);
});

test('inside view: a sidecar without an activity stream is explained', async (t) => {
  await openStore(t, path, (server) => {
    placeOrder(server);
    server.fail(`GET /api${path}`, { status: 501 });
  });
  ok(screen.getByRole('alert').textContent?.includes('This sidecar keeps no activity stream'));
  screen.getByRole('link', { name: 'Back to the order' });
});
