import { equal, ok } from 'node:assert/strict';
import { mock, test } from 'node:test';
import { act, cleanup, render, screen } from '@testing-library/react';
import { isAbsent } from '../../testing/expect.ts';
import { openStore } from '../../testing/open-store.tsx';
import { ErrorBoundary } from './error-boundary.tsx';

test('error boundary: a broken page leaves the navigation usable, and the next page works', async (t) => {
  const { user, reported } = await openStore(t, '/cart', (server) =>
    server.fail('GET /api/cart', { status: 200, body: { lines: 'none' } }),
  );
  screen.getByRole('heading', { level: 1, name: 'This page ran aground' });
  ok(reported.length > 0);
  reported.length = 0;
  await user.click(screen.getAllByRole('link', { name: 'Orders' })[0] as HTMLElement);
  screen.getByRole('heading', { level: 1, name: 'Your orders' });
});

test('error boundary: a page whose script did not arrive is loaded again as soon as the shop responds', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  t.after(() => {
    cleanup();
    mock.timers.reset();
    sessionStorage.clear();
  });
  t.mock.method(console, 'error', () => undefined);
  let isReachable = false;
  t.mock.method(globalThis, 'fetch', async () => {
    if (!isReachable) throw new TypeError('Failed to fetch');
    return new Response();
  });
  const reload = t.mock.method(window.location, 'reload', () => undefined);
  const Broken = () => {
    throw new TypeError('Failed to fetch dynamically imported module: /assets/cart-page.js');
  };
  render(
    <ErrorBoundary resetKey="first">
      <Broken />
    </ErrorBoundary>,
  );
  screen.getByRole('heading', { level: 1, name: 'We could not fetch this page' });
  screen.getByText(/We keep trying/);
  const pass = (ms: number) => act(async () => mock.timers.tick(ms));
  await pass(1_000);
  equal(reload.mock.callCount(), 0);
  isReachable = true;
  await pass(2_000);
  equal(reload.mock.callCount(), 1);
  isAbsent(screen.queryByRole('heading', { name: 'This page ran aground' }));
});
