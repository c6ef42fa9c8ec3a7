/** Texts of the checkout. */
export const checkout = {
  'blocked.sold-out': 'You cannot pay yet: take what is sold out from the cart first.',
  'blocked.stock': 'You cannot pay yet: the cart asks for more than we have.',
  'blocked.prices': 'You cannot pay yet: accept the new prices first.',
  'blocked.total': 'One order may cost €1,000,000 at most. Take something out first.',
  'recovery.searching.title': 'The answer to your order was lost on the way',
  'recovery.searching.detail':
    'It may have arrived all the same, so we are asking the shop. You do not have to do anything.',
  'recovery.not-placed.title': 'Your order has not reached us',
  'recovery.not-placed.detail':
    'We charged nothing. Pay again when you are ready: it counts as the same order, so you cannot buy twice.',
  'recovery.unknown.title': 'We do not know yet whether your order reached us',
  'recovery.unknown.detail':
    'The shop has not answered for half a minute. Ask again, or pay again: it counts as the same order and is charged once at most.',
  'card.number.missing': 'Enter the number on the card.',
  'card.number.short': 'This number is too short for a card.',
  'card.number.wrong': 'A digit is wrong: this is not the number of a card.',
  'card.expiry.missing': 'Enter the date on the card as MM/YY.',
  'card.expiry.month': 'The month is between 01 and 12.',
  'card.expiry.past': 'This card has expired. Use another one.',
  'card.cvc': 'Enter the 3 or 4 digits beside the signature.',
  'text.long': 'This is longer than a label has room for: {most} letters at most.',
  'text.invisible': 'There is an invisible sign in this. Type it again, letter by letter.',
  'text.no-letter': 'This has no letter or digit in it.',
  'email.missing': 'Enter an address for the receipt.',
  'email.wrong': 'This does not look like an e-mail address: something like ada@example.com.',
  'name.missing': 'Enter the name for the parcel.',
  'street.missing': 'Enter street and house number.',
  'city.missing': 'Enter the town.',
  'country.unknown': 'Choose a country from the list.',
  'postcode.missing': 'Enter the postcode.',
  'postcode.mismatch': 'This does not fit the country. Is one of them wrong?',
} as const;
