import type { Money } from '@tidewater/contracts/money.ts';
import { maxLines, maxMoney, maxQuantity } from '@tidewater/contracts/schemas.ts';
import type { OrderContent } from './order-state.ts';

/** Pattern: value objects. Immutable, valid from their creation, compared by value. */

/** Thrown when a value or an order would break a rule; repeating cannot help. */
export class InvariantError extends Error {
  constructor(rule: string) {
    super(`An order is invalid: ${rule}.`);
    this.name = 'InvariantError';
  }
}

/** How many pieces of one product. */
export class Quantity {
  readonly value: number;

  constructor(value: number) {
    if (!Number.isInteger(value) || value < 1 || value > maxQuantity)
      throw new InvariantError(`a quantity is an integer from 1 to ${maxQuantity}, not ${value}`);
    this.value = value;
  }
}

/** An amount in minor units of one currency. */
export class Amount {
  readonly value: number;
  readonly currency: Money['currency'];

  constructor({ amount, currency }: Money) {
    if (!Number.isInteger(amount) || amount < 0 || amount > maxMoney)
      throw new InvariantError(`an amount is an integer from 0 to ${maxMoney}, not ${amount}`);
    this.value = amount;
    this.currency = currency;
  }

  times({ value }: Quantity): Amount {
    return new Amount({ amount: this.value * value, currency: this.currency });
  }

  plus(other: Amount): Amount {
    if (other.currency !== this.currency)
      throw new InvariantError(`${String(this.currency)} and ${String(other.currency)} cannot be added`);
    return new Amount({ amount: this.value + other.value, currency: this.currency });
  }

  equals(other: Amount): boolean {
    return this.value === other.value && this.currency === other.currency;
  }
}

/** The rules that an order satisfies from its creation on: lines, each product once, and a total that is their sum. */
export function expectInvariants({ lines, delivery, total }: Pick<OrderContent, 'lines' | 'delivery' | 'total'>): void {
  if (lines.length === 0 || lines.length > maxLines) throw new InvariantError(`it has from 1 to ${maxLines} lines`);
  if (new Set(lines.map(({ productId }) => productId)).size < lines.length)
    throw new InvariantError('each product has one line');
  const sum = lines.reduce(
    (subtotal, { unitPrice, quantity }) => subtotal.plus(new Amount(unitPrice).times(new Quantity(quantity))),
    new Amount(delivery),
  );
  if (!sum.equals(new Amount(total))) throw new InvariantError('its total is that of its lines and delivery');
}
