import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { ProblemError } from '../data/problem-error.ts';
import { reorderLines, reorderText } from './reorder.ts';

const lines = ['rope', 'withdrawn', 'lamp'].map((productId) => ({ productId, name: `The ${productId}`, quantity: 2 }));

const cartRejecting = (status: number) => {
  const added: string[] = [];
  return {
    added,
    ensureQuantity: (id: string, quantity: number): Promise<CartView> => {
      if (id === 'withdrawn')
        return Promise.reject(new ProblemError({ type: 'about:blank', title: 'No', status, detail: 'No.' }));
      added.push(`${id}=${quantity}`);
      return Promise.resolve({} as CartView);
    },
  };
};

test('reorderLines: products no longer sold are skipped and returned, the rest is added', async () => {
  const cart = cartRejecting(404);
  deepEqual(await reorderLines(cart, lines), ['The withdrawn']);
  deepEqual(cart.added, ['rope=2', 'lamp=2']);
});

test('reorderLines: rejects on any other failure', () =>
  rejects(reorderLines(cartRejecting(503), lines), (error: ProblemError) => error.problem.status === 503));

test('reorderText: names what is missing, and the rest only when there is one', () => {
  equal(reorderText(2, []), 'All of it is in your cart.');
  equal(reorderText(2, ['Rope']), 'We no longer sell Rope. The rest is in your cart.');
  equal(reorderText(1, ['Rope']), 'We no longer sell Rope.');
});
