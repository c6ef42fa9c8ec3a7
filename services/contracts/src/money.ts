/** Integer minor units (cents) with an ISO 4217 code. Never a float. */
export interface Money {
  readonly amount: number;
  readonly currency: 'EUR';
}

export const eur = (amount: number): Money => ({ amount, currency: 'EUR' });

export const plus = (a: Money, b: Money): Money => eur(a.amount + b.amount);

export const times = (price: Money, quantity: number): Money => eur(price.amount * quantity);
