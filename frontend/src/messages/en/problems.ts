/** Texts of failed requests. */
export const problems = {
  'offline.title': 'You are offline',
  'offline.detail': 'This device has no connection just now. We will fetch the page as soon as it is back.',
  'no-response.title': 'The shop does not answer',
  'no-response.detail': 'We could not reach the shop. Nothing you entered is lost.',
  'broken.title': 'Something on this page broke',
  'broken.detail': 'This is our mistake, not yours. Load the page again; your cart and orders are safe with us.',
  'total.title': 'This is more than one order can take',
  'total.detail':
    'One order may cost €1,000,000 at most. Take something out, or make two orders of it. We charged nothing.',
  'prices-changed.title': 'A price changed while you were checking out',
  'prices-changed.detail': 'We charged nothing. Accept the new price, or take the thing out.',
  'cart-changed.title': 'Your cart is not the one you saw',
  'cart-changed.detail':
    'It was changed meanwhile, perhaps in another window. This is how it is now: look it over, then pay. We charged nothing.',
  'sold-out.title': 'Someone else was quicker',
  'sold-out.detail': 'We charged nothing. Lower the number in your cart or take the thing out, and the rest is yours.',
  'idempotency-key-reused.title': 'Please press Pay once more',
  'idempotency-key-reused.detail':
    'Something in the form changed since your last try, so we began a new one. We charged nothing.',
  'too-many.title': 'A little slower, please',
  'too-many.detail': 'Many requests came from here in a short time. Try again {wait}.',
  'wait.unknown': 'in a minute',
  'wait.seconds': 'in {seconds, plural, one {# second} other {# seconds}}',
  'wait.minutes': 'in {minutes} minutes',
  unusable: 'Load the page again and repeat what you did. Nothing was changed.',
} as const;
