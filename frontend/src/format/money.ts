import type { Money } from '@tidewater/contracts/money.ts';

const euroFormat = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });

/** `€1,249.00`. Always with cents, so that columns of prices align. */
export const formatMoney = (money: Money): string => euroFormat.format(money.amount / 100);

const wholeEuroFormat = new Intl.NumberFormat('en-IE', {
  style: 'currency',
  currency: 'EUR',
  maximumFractionDigits: 0,
});

/** `€1,249`, for the bounds of a price range. The amount is in minor units. */
export const formatWholeEuros = (minor: number): string => wholeEuroFormat.format(minor / 100);
