/** Texts of the cart. */
export const cart = {
  'added.nothing': 'Nothing added: the cart holds all that can be ordered.',
  'added.count': '{count, plural, one {# thing} other {# things}} added.',
  'added.product': '{count} × {name} added to the cart.',
  'shortage.sold-out': 'Sold out',
  'shortage.few': 'Only {available} left',
} as const;
