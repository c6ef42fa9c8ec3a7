import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { screen, within } from '@testing-library/react';
import { hasFocus, isAbsent } from '../../testing/expect.ts';
import { openStore } from '../../testing/open-store.tsx';

const search = () => {
  const [, inPage] = screen.getAllByRole('searchbox', { name: 'Search the shop' });
  ok(inPage);
  return inPage;
};
const products = (): readonly string[] =>
  within(screen.getByRole('region', { name: 'Results' }))
    .getAllByRole('article')
    .map((card) => within(card).getByRole('heading').textContent ?? '');
const filters = () => within(screen.getByRole('complementary', { name: 'Filters' }));

test('shop page: searches while typing, after a pause, and keeps the focus in the field', async (t) => {
  const { user, pass, server, announced } = await openStore(t, '/shop');
  const requestsBefore = server.requestsOf('GET /api/products').length;
  await user.type(search(), 'kettle');
  equal(server.requestsOf('GET /api/products').length, requestsBefore);
  await pass(250);
  equal(server.requestsOf('GET /api/products').length, requestsBefore + 1);
  equal(window.location.search, '?q=kettle');
  ok(products().every((name) => name.includes('Kettle')));
  screen.getByRole('heading', { level: 1, name: '“kettle”' });
  hasFocus(search());
  ok(announced().endsWith('found.'));
});

test('shop page: nothing found offers the whole shop', async (t) => {
  const { user, announced } = await openStore(t, '/shop?q=submarine');
  screen.getByRole('heading', { name: 'Nothing on the chart here' });
  equal(announced(), 'Nothing found.');
  await user.click(within(screen.getByRole('main')).getByRole('link', { name: 'Show the whole shop' }));
  screen.getByRole('heading', { level: 1, name: 'The whole shop' });
});

test('shop page: filters refine the results, are listed, and can be removed one by one', async (t) => {
  const { user } = await openStore(t, '/shop');
  const all = products().length;
  await user.click(filters().getByRole('link', { name: /^Fishing/ }));
  await user.click(filters().getByRole('checkbox', { name: /^Skerry/ }));
  await user.click(filters().getByRole('checkbox', { name: 'Only what is on the shelf' }));
  ok(products().length < all);
  equal(window.location.search, '?category=fishing&brand=Skerry&stock=1');
  await user.click(screen.getByRole('link', { name: 'Remove filter Skerry' }));
  equal(window.location.search, '?category=fishing&stock=1');
  await user.click(screen.getByRole('link', { name: 'Clear all' }));
  equal(window.location.search, '');
  equal(products().length, all);
});

test('shop page: a price is applied with Enter, and text that is no number is taken back', async (t) => {
  const { user } = await openStore(t, '/shop');
  await user.type(filters().getByRole('textbox', { name: 'To' }), '20{Enter}');
  equal(window.location.search, '?max=2000');
  screen.getByRole('link', { name: 'Remove filter to €20' });
  const from = filters().getByRole<HTMLInputElement>('textbox', { name: 'From' });
  await user.type(from, 'cheap{Enter}');
  equal(from.value, '');
});

test('shop page: another order of the results is part of the address', async (t) => {
  const { user } = await openStore(t, '/shop?q=a');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Sort' }), 'Lightest first');
  equal(window.location.search, '?q=a&sort=weight');
});

test('shop page: the button of the filters says whether they are open, and how many are active', async (t) => {
  const { user } = await openStore(t, '/shop?brand=Skerry');
  const button = filters().getByRole('button', { name: 'Filters (1)', expanded: false });
  await user.click(button);
  filters().getByRole('button', { expanded: true });
});

test('shop page: a page of the results starts with the focus on its heading', async (t) => {
  const { user } = await openStore(t, '/shop');
  await user.click(within(screen.getByRole('navigation', { name: 'Pages' })).getByRole('link', { name: 'Next' }));
  equal(window.location.search, '?page=2');
  screen.getByRole('link', { name: 'Page 2', current: 'page' });
  hasFocus(screen.getByRole('heading', { level: 1 }));
});

test('search bar: on another page Enter opens the shop with the results', async (t) => {
  const { user } = await openStore(t, '/cart');
  await user.type(screen.getByRole('searchbox', { name: 'Search the shop' }), 'rope{Enter}');
  equal(window.location.pathname + window.location.search, '/shop?q=rope');
  isAbsent(screen.queryByRole('heading', { name: 'Your cart' }));
});
