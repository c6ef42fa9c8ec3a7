import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { screen, within } from '@testing-library/react';
import { hasFocus, isAbsent } from '../../testing/expect.ts';
import { openStore } from '../../testing/open-store.tsx';
import { fins, rope, withRope } from '../../testing/place-order.ts';

const quantity = (): HTMLInputElement => screen.getByRole('textbox', { name: `Quantity of ${rope.name}` });
const total = (): string =>
  within(screen.getByRole('complementary')).getAllByRole('definition').at(-1)?.textContent ?? '';

test('cart page: an empty cart offers the shop, whose heading gets the focus', async (t) => {
  const { user } = await openStore(t, '/cart');
  screen.getByRole('heading', { name: 'Nothing in it yet' });
  await user.click(screen.getByRole('link', { name: 'Browse the shop' }));
  hasFocus(screen.getByRole('heading', { level: 1, name: 'The whole shop' }));
});

test('cart page: lists its lines with their prices and leads to the checkout', async (t) => {
  const { user } = await openStore(t, '/cart', withRope);
  const lines = within(screen.getByRole('region', { name: 'Items in your cart' })).getAllByRole('listitem');
  equal(lines.length, 1);
  ok(lines[0]?.textContent?.includes('€49.00 each'));
  screen.getByRole('heading', { name: '2 items' });
  equal(total(), '€102.90');
  await user.click(screen.getByRole('link', { name: 'Check out' }));
  screen.getByRole('heading', { level: 1, name: 'Check out' });
});

test('cart page: two quick clicks are one request, whose total is shown and announced', async (t) => {
  const { user, pass, server, announced } = await openStore(t, '/cart', withRope);
  const more = screen.getByRole('button', { name: `One more: Quantity of ${rope.name}` });
  await user.click(more);
  await user.click(more);
  equal(quantity().value, '4');
  equal(server.requestsOf('PUT').length, 0);
  await pass(250);
  equal(server.requestsOf('PUT').length, 1);
  equal(total(), '€196.00');
  equal(announced(), `4 × ${rope.name}. Total €196.00.`);
});

test('cart page: typed text that is no quantity is ignored and taken back', async (t) => {
  const { user, pass, server } = await openStore(t, '/cart', withRope);
  await user.clear(quantity());
  await user.type(quantity(), 'many');
  await user.tab();
  equal(quantity().value, '2');
  await pass(250);
  equal(server.requestsOf('PUT').length, 0);
});

test('cart page: a quantity is shown at once, and undone when the shop does not take it', async (t) => {
  const { user, pass, server } = await openStore(t, '/cart', withRope);
  server.fail('PUT /api/cart', { status: 503 });
  const release = server.hold('PUT /api/cart');
  await user.click(screen.getByRole('button', { name: `One more: Quantity of ${rope.name}` }));
  await pass(250);
  equal(quantity().value, '3');
  release();
  await pass(1);
  equal(quantity().value, '2');
  ok(screen.getByRole('alert').textContent?.includes('The shop is out for a moment'));
  equal(total(), '€102.90');
});

test('cart page: a removed line leaves the empty cart', async (t) => {
  const { user, announced } = await openStore(t, '/cart', withRope);
  await user.click(screen.getByRole('button', { name: `Remove ${rope.name}` }));
  screen.getByRole('heading', { name: 'Nothing in it yet' });
  equal(announced(), `${rope.name} removed. Total €0.00.`);
});

test('cart page: a product that is no longer sold is named and can be taken out', async (t) => {
  const { user, server } = await openStore(t, '/cart', (before) => {
    withRope(before);
    before.shop.setQuantity(fins.id, 1);
    before.shop.withdraw(fins.id);
  });
  screen.getByText('We no longer sell one thing that was in your cart');
  screen.getByText(fins.name);
  await user.click(screen.getByRole('button', { name: 'Take it out of the cart' }));
  isAbsent(screen.queryByText(fins.name));
  equal(server.shop.cart.unavailable.length, 0);
});

test('cart page: more than the stock blocks the checkout and says why', async (t) => {
  const { pass, server } = await openStore(t, '/cart', withRope);
  server.shop.changeStock(rope.id, 1);
  await pass(1);
  screen.getByText('Only 1 left');
  const button = screen.getByRole('button', { name: 'Check out', description: /Lower the number/ });
  equal(button.hasAttribute('disabled'), true);
  server.shop.changeStock(rope.id, 0);
  await pass(1);
  screen.getByText('Sold out');
  screen.getByRole('button', { name: 'Check out', description: /Take what is sold out/ });
});

test('cart page: a changed price is shown beside the old one until it is accepted', async (t) => {
  const { user, pass, server, announced } = await openStore(t, '/cart', withRope);
  server.shop.changePrice(rope.id, 5_500);
  await pass(1);
  const notice = screen.getByRole('alert');
  ok(notice.textContent?.includes(`${rope.name}: €49.00 €55.00`));
  await user.click(within(notice).getByRole('button', { name: 'Accept new prices' }));
  isAbsent(screen.queryByRole('alert'));
  equal(announced(), 'New prices accepted. Total €114.90.');
});

test('cart page: a failing shop is retried until it responds', async (t) => {
  const { pass, server } = await openStore(t, '/cart', (before) => {
    withRope(before);
    before.fail('GET /api/cart', { status: 503 }, 3);
  });
  ok(screen.getByRole('alert').textContent?.includes('We keep trying'));
  ok(server.requestsOf('GET /api/cart').length < 3);
  await pass(7_500);
  isAbsent(screen.queryByRole('alert'));
  screen.getByRole('heading', { name: '2 items' });
});

test('cart page: Try again fetches at once', async (t) => {
  const { user } = await openStore(t, '/cart', (before) => {
    withRope(before);
    before.fail('GET /api/cart', 'unreached');
  });
  ok(screen.getByRole('alert').textContent?.includes('The shop does not answer'));
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  screen.getByRole('heading', { name: '2 items' });
});
