import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { screen, within } from '@testing-library/react';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { OpenedStore } from '../../testing/open-store.tsx';
import { hasFocus, isAbsent } from '../../testing/expect.ts';
import { openStore } from '../../testing/open-store.tsx';
import { placeOrder } from '../../testing/place-order.ts';
import { TestServer } from '../../testing/test-server.ts';

const orderPath = '/orders/TW-MOCK0001';
const status = (): string => screen.getByTestId('order-status').textContent ?? '';
const steps = (): readonly string[] =>
  within(screen.getByRole('region', { name: 'What happened' }))
    .getAllByRole('heading', { level: 3 })
    .map((heading) => heading.textContent ?? '');

/** Lets the order change its status this often. */
const advance = ({ pass }: OpenedStore, times: number): Promise<void> => pass(times * TestServer.stepMs);

test('order page: follows the live stream through every status until it is delivered', async (t) => {
  const store = await openStore(t, orderPath, placeOrder);
  equal(status(), 'On its way to us');
  const requestsBefore = store.server.requestsOf(`GET /api${orderPath}`).length;
  for (const title of ['Submitted', 'Awaiting stock', 'Awaiting payment', 'Paid', 'Packed', 'Shipped', 'Delivered']) {
    await advance(store, 1);
    equal(status(), title);
    ok(document.title.startsWith(`${title}: order TW-MOCK0001`));
    equal(store.announced(), `Your order is now: ${title}.`);
  }
  equal(steps().length, 7);
  isAbsent(screen.queryByRole('button', { name: 'Cancel order' }));
  screen.getByText('It is with you. Go out and use it.');
  equal(store.server.requestsOf(`GET /api${orderPath}`).length, requestsBefore);
});

test('order page: the timeline holds what happened, then what comes next', async (t) => {
  const store = await openStore(t, orderPath, placeOrder);
  await advance(store, 4);
  deepEqual(steps(), [
    'Submitted',
    'Awaiting stock',
    'Awaiting payment',
    'Paid',
    'The parcel is packed',
    'The parcel leaves',
    'It is with you',
  ]);
  const paid = screen.getByRole('heading', { level: 3, name: 'Paid' }).closest('li');
  ok(paid);
  within(paid).getByText('by payment service');
});

test('order page: a shipped order can no longer be cancelled', async (t) => {
  const store = await openStore(t, orderPath, placeOrder);
  await advance(store, 6);
  screen.getByText('The parcel has left, so the order can no longer be cancelled.');
  isAbsent(screen.queryByRole('button', { name: 'Cancel order' }));
});

test('order page: a cancellation is confirmed; Escape and Keep it return the focus', async (t) => {
  const store = await openStore(t, orderPath, placeOrder);
  const { user, server } = store;
  await advance(store, 1);
  const cancel = () => screen.getByRole('button', { name: 'Cancel order' });
  await user.click(cancel());
  screen.getByRole('group', { name: 'Cancel this order? Nothing will be charged.' });
  hasFocus(screen.getByRole('button', { name: 'Keep it' }));
  await user.keyboard('{Escape}');
  hasFocus(cancel());
  await user.keyboard('{Enter}');
  await user.keyboard('{Enter}');
  hasFocus(cancel());
  equal(server.requestsOf('POST').length, 0);
});

test('order page: a paid order that is cancelled is refunded', async (t) => {
  const store = await openStore(t, orderPath, placeOrder);
  const { user } = store;
  await advance(store, 4);
  await user.click(screen.getByRole('button', { name: 'Cancel order' }));
  screen.getByRole('group', { name: 'Cancel this order? You get €102.90 back.' });
  await user.click(screen.getByRole('button', { name: 'Yes, cancel order' }));
  equal(status(), 'Cancelled');
  screen.getByRole('button', { name: 'Put these back in the cart' });
  ok(document.activeElement !== document.body);
  await advance(store, 1);
  equal(status(), 'Refunded');
});

test('order page: a cancellation that came too late says so and shows the order as it is', async (t) => {
  const store = await openStore(t, orderPath, placeOrder);
  const { user, server } = store;
  await advance(store, 5);
  await user.click(screen.getByRole('button', { name: 'Cancel order' }));
  const detail = 'The parcel has left, so the order cannot be cancelled any more.';
  server.fail(`POST /api${orderPath}/cancel`, { status: 409, body: { title: 'Conflict', detail } });
  await user.click(screen.getByRole('button', { name: 'Yes, cancel order' }));
  ok(screen.getByRole('alert').textContent?.includes(detail));
  equal(status(), 'Packed');
});

test('order page: a declined payment ends the order', async (t) => {
  const store = await openStore(t, orderPath, (server) => void placeOrder(server, testCards.declined));
  await advance(store, 4);
  equal(status(), 'Payment failed');
  ok(steps().at(-1) === 'Payment failed');
});

test('order page: a broken live line is replaced by requests every two seconds, until it is back', async (t) => {
  const store = await openStore(t, orderPath, placeOrder);
  const { pass, stream } = store;
  await advance(store, 1);
  screen.getByText('This page updates itself.');
  stream.disconnect();
  await pass(1);
  screen.getByText('The live line broke; we are asking every two seconds instead.');
  equal(status(), 'Submitted');
  await pass(2_500);
  ok(status() !== 'Submitted');
  stream.isReachable = true;
  await pass(15_000);
  equal(status(), 'Delivered');
});

test('order page: an unknown number is no error', async (t) => {
  await openStore(t, '/orders/TW-OTHER');
  screen.getByRole('heading', { level: 1, name: 'We know no such order' });
});

test('order page: a failed request is shown and retried', async (t) => {
  const { pass } = await openStore(t, orderPath, (server) => {
    placeOrder(server);
    server.fail(`GET /api${orderPath}`, { status: 503 }, 2);
  });
  screen.getByRole('heading', { level: 1, name: 'We could not fetch your order' });
  await pass(3_000);
  screen.getByRole('heading', { level: 1, name: 'Order TW-MOCK0001' });
});
