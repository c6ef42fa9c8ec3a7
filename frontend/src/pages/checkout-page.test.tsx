import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { screen, within } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { hasFocus } from '../../testing/expect.ts';
import { openStore } from '../../testing/open-store.tsx';
import { rope, withRope } from '../../testing/place-order.ts';

const field = (name: string): HTMLInputElement => screen.getByRole('textbox', { name });
const payButton = () => screen.getByRole('button', { name: /^Pay/ });

const fillIn = async (user: UserEvent, card = '4242424242424242'): Promise<void> => {
  const texts = {
    Name: 'Ada Tern',
    'E-mail': 'ada@shore.test',
    'Street and number': 'Quay 1',
    Postcode: '1011 AB',
    Town: 'Haven',
    'Card number': card,
    'Good until MM/YY': '1229',
    'Security code': '123',
  };
  for (const [name, text] of Object.entries(texts)) {
    await user.click(field(name));
    await user.paste(text);
  }
};

test('checkout: an empty form shows an error at each field and focuses the first', async (t) => {
  const { user, server, announced } = await openStore(t, '/checkout', withRope);
  await user.click(payButton());
  screen.getByRole('textbox', { name: 'Name', description: 'Enter the name for the parcel.' });
  screen.getByRole('textbox', { name: 'E-mail', description: 'Enter an address for the receipt.' });
  screen.getByRole('textbox', { name: 'Card number', description: 'Enter the number on the card.' });
  hasFocus(field('Name'));
  equal(field('Name').getAttribute('aria-invalid'), 'true');
  equal(announced(), '8 fields need another look.');
  equal(server.requestsOf('POST').length, 0);
});

test('checkout: an error appears when its field is left and disappears while it is corrected', async (t) => {
  const { user } = await openStore(t, '/checkout', withRope);
  await user.type(field('E-mail'), 'ada@');
  equal(field('E-mail').getAttribute('aria-invalid'), 'false');
  await user.tab();
  screen.getByRole('textbox', { name: 'E-mail', description: /does not look like an e-mail address/ });
  await user.type(field('E-mail'), 'shore.test');
  equal(field('E-mail').getAttribute('aria-invalid'), 'false');
});

test('checkout: another country changes the rule of the postcode', async (t) => {
  const { user } = await openStore(t, '/checkout', withRope);
  await user.type(field('Postcode'), '1011 AB');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Country' }), 'Germany');
  screen.getByRole('textbox', { name: 'Postcode', description: /does not fit the country/ });
});

test('checkout: card number and date are grouped while they are typed', async (t) => {
  const { user } = await openStore(t, '/checkout', withRope);
  await user.type(field('Card number'), '4242424242424242');
  await user.type(field('Good until MM/YY'), '1229');
  equal(field('Card number').value, '4242 4242 4242 4242');
  equal(field('Good until MM/YY').value, '12/29');
});

test('checkout: a paid order replaces the form by its page', async (t) => {
  const { user, server } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  await user.click(payButton());
  const [order] = server.shop.orders;
  ok(order);
  hasFocus(screen.getByRole('heading', { level: 1, name: `Order ${order.orderId}` }));
});

test('checkout: two clicks on Pay place one order', async (t) => {
  const { user, server, pass } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  const release = server.hold('POST /api/checkout');
  await user.click(payButton());
  await user.click(screen.getByRole('button', { name: 'Paying…' }));
  release();
  await pass(1);
  equal(server.requestsOf('POST /api/checkout').length, 1);
});

test('checkout: a declined test card ends in an order whose things can be put back', async (t) => {
  const { user, server, pass } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  await user.click(screen.getByText('Test cards'));
  await user.click(screen.getByRole('button', { name: 'Use test card Declined' }));
  equal(field('Card number').value.replaceAll(' ', ''), testCards.declined);
  await user.click(payButton());
  await pass(4_000);
  screen.getByRole('heading', { level: 3, name: 'Payment failed' });
  await user.click(screen.getByRole('button', { name: 'Put these back in the cart' }));
  equal(document.activeElement?.textContent, 'All of it is in your cart.');
  equal(server.shop.cart.count, 2);
});

test('checkout: a card that the provider rejects is an error at its field', async (t) => {
  const { user, server } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  const errors = [{ field: 'number', message: 'is not of a card that we know' }];
  server.fail('POST /provider/tokens', { status: 422, body: { title: 'Unprocessable Content', errors } });
  await user.click(payButton());
  screen.getByRole('textbox', { name: 'Card number', description: 'The card number is not of a card that we know.' });
  hasFocus(field('Card number'));
  equal(server.requestsOf('POST /api/checkout').length, 0);
});

test('checkout: prices that changed meanwhile are accepted before the order is paid', async (t) => {
  const { user, server, stream } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  stream.disconnect();
  server.shop.changePrice(rope.id, 5_500);
  await user.click(payButton());
  const notice = screen.getByRole('alert');
  ok(notice.textContent?.includes('A price changed while it was in your cart'));
  equal(payButton().hasAttribute('disabled'), true);
  screen.getByRole('button', { name: 'Pay €102.90', description: 'You cannot pay yet: accept the new prices first.' });
  await user.click(within(notice).getByRole('button', { name: 'Accept new prices' }));
  await user.click(screen.getByRole('button', { name: 'Pay €114.90' }));
  equal(server.shop.orders.length, 1);
});

test('checkout: something that sold out meanwhile blocks the payment', async (t) => {
  const { user, server, stream } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  stream.disconnect();
  server.shop.changeStock(rope.id, 0);
  await user.click(payButton());
  ok(screen.getByRole('alert').textContent?.includes('Someone else was quicker'));
  equal(payButton().hasAttribute('disabled'), true);
  screen.getByRole('link', { name: 'Change the cart' });
});

test('checkout: an order whose response was lost is found by its key', async (t) => {
  const { user, server, pass } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  server.fail('POST /api/checkout', 'lost');
  server.fail('GET /api/checkouts', 'unreached', 2);
  await user.click(payButton());
  ok(screen.getByRole('alert').textContent?.includes('The answer to your order was lost on the way'));
  equal(payButton().hasAttribute('disabled'), true);
  await pass(1_500);
  screen.getByRole('heading', { level: 1, name: `Order ${server.shop.orders[0]?.orderId}` });
  equal(server.requestsOf('POST /api/checkout').length, 1);
});

test('checkout: a request that never arrived can be paid again, as the same order', async (t) => {
  const { user, server, pass } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  server.fail('POST /api/checkout', 'unreached');
  await user.click(payButton());
  await pass(3_500);
  ok(screen.getByRole('alert').textContent?.includes('Your order has not reached us'));
  await user.click(payButton());
  screen.getByRole('heading', { level: 1, name: `Order ${server.shop.orders[0]?.orderId}` });
  const [first, second] = server.keysOf('POST /api/checkout');
  ok(first);
  equal(second, first);
  equal(server.requestsOf('POST /provider/tokens').length, 1);
});

test('checkout: a shop that stays silent leaves the outcome open, and Ask again finds it', async (t) => {
  const { user, server, pass } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  server.fail('POST /api/checkout', 'lost');
  server.fail('GET /api/checkouts', 'unreached', 100);
  await user.click(payButton());
  await pass(30_000);
  ok(screen.getByRole('alert').textContent?.includes('We do not know yet whether your order reached us'));
  server.repair();
  await user.click(screen.getByRole('button', { name: 'Ask again' }));
  screen.getByRole('heading', { level: 1, name: `Order ${server.shop.orders[0]?.orderId}` });
});

test('checkout: contact and address survive a reload, the card does not', async (t) => {
  const { user, reload } = await openStore(t, '/checkout', withRope);
  await fillIn(user);
  await reload();
  equal(field('Town').value, 'Haven');
  equal(field('Card number').value, '');
});

test('checkout: an empty cart has nothing to pay', async (t) => {
  await openStore(t, '/checkout');
  screen.getByRole('heading', { name: 'There is nothing to pay' });
});
