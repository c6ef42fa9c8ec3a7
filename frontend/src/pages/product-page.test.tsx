import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { screen } from '@testing-library/react';
import { openStore } from '../../testing/open-store.tsx';
import { fins, rope } from '../../testing/place-order.ts';

test('product page: adds the chosen quantity, and announces it', async (t) => {
  const { user, server, announced } = await openStore(t, `/products/${rope.id}`);
  await user.click(screen.getByRole('button', { name: 'One more: Quantity' }));
  await user.click(screen.getByRole('button', { name: 'Add to cart' }));
  equal(server.shop.cart.count, 2);
  equal(announced(), `2 × ${rope.name} added to the cart.`);
  screen.getByRole('link', { name: 'Go to the cart' });
});

test('product page: the last one can be added once', async (t) => {
  const { user, server } = await openStore(t, `/products/${fins.id}`);
  screen.getByText('The last one');
  await user.click(screen.getByRole('button', { name: 'Add to cart' }));
  const button = screen.getByRole('button', { name: 'All of it is in your cart' });
  await user.click(button);
  equal(button.getAttribute('aria-disabled'), 'true');
  equal(server.requestsOf('PUT').length, 1);
});

test('product page: a product that sells out meanwhile cannot be added', async (t) => {
  const { server, pass } = await openStore(t, `/products/${rope.id}`);
  server.shop.changeStock(rope.id, 0);
  await pass(1);
  ok(screen.getByRole('button', { name: 'Sold out' }).hasAttribute('disabled'));
});

test('product page: an unknown product offers the shop', async (t) => {
  await openStore(t, '/products/submarine');
  screen.getByRole('heading', { level: 1, name: 'We do not sell that' });
});
