import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { submitOrder } from './order-process.ts';
import { Amount, InvariantError, Quantity, expectInvariants } from './order-values.ts';
import { sampleRequest } from '../testing.ts';

const [line] = sampleRequest.lines;
assert.ok(line);

const broken: readonly (readonly [rule: string, change: Partial<typeof sampleRequest>])[] = [
  ['a total that is not the sum', { total: eur(sampleRequest.total.amount - 1) }],
  ['a delivery that is not in the total', { delivery: eur(490) }],
  ['no line', { lines: [], total: eur(0) }],
  ['two lines of one product', { lines: [line, line], total: eur(2 * 2 * 89_900) }],
  ['a quantity of 0', { lines: [{ ...line, quantity: 0 }], total: eur(0) }],
  ['a quantity of 1.5', { lines: [{ ...line, quantity: 1.5 }], total: eur(134_850) }],
  ['another currency', { lines: [{ ...line, unitPrice: { amount: 1, currency: 'USD' as 'EUR' } }], total: eur(2) }],
  ['a negative amount', { delivery: eur(-1), total: eur(sampleRequest.total.amount - 1) }],
];
for (const [rule, change] of broken) {
  test(`submitOrder: an order with ${rule} is not created`, () => {
    assert.throws(() => submitOrder({ ...sampleRequest, ...change }, '2026-01-01T00:00:00.000Z'), InvariantError);
  });
}

test('expectInvariants: the sample order is valid', () => expectInvariants(sampleRequest));

test('Amount and Quantity: are valid from their creation and compare by value', () => {
  assert.ok(
    new Amount(eur(250))
      .times(new Quantity(2))
      .plus(new Amount(eur(1)))
      .equals(new Amount(eur(501))),
  );
  for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
    assert.throws(() => new Amount(eur(value)), InvariantError);
    assert.throws(() => new Quantity(value), InvariantError);
  }
});
