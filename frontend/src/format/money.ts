import type { Money } from '@tidewater/contracts/money.ts';

const euros = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });

/** `€1,249.00`. Always with cents: a column of prices lines up. */
export const formatMoney = (money: Money): string => euros.format(money.amount / 100);

const wholeEuros = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 });

/** `€1,249` for the ends of a price range, in minor units. */
export const formatWholeEuros = (minor: number): string => wholeEuros.format(minor / 100);
