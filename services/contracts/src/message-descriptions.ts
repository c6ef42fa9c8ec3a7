import type { MessageType } from './events.ts';
import type { Topic } from './topics.ts';

/** What each topic is for. */
export const topicDescriptions: { readonly [T in Topic]: string } = {
  carts: 'What shoppers have committed to buy.',
  orders: 'One message for each change of an order.',
  'order-records': 'The changes of orders with all that the projection shows; for the order service only.',
  'stock-commands': 'Commands from order to catalog.',
  'payment-commands': 'Commands from order to payment.',
  stock: 'What happened to stock.',
  products: 'What happened to products.',
  payments: 'What happened to payments.',
};

/** What each message means. */
export const messageDescriptions: { readonly [T in MessageType]: string } = {
  'cart.checked-out': 'The shopper has committed to buy. Order turns it into an order.',
  'order.changed': 'An order has changed; changes are numbered from 1 without gaps by `version`.',
  'order.recorded': 'An order has changed, with all that its projection shows.',
  'reserve-stock': 'Reserve stock for all lines of an order, or for none.',
  'release-stock': 'Release what is reserved for an order, and do not reserve for it later.',
  'commit-stock': 'The reserved goods of an order leave the stock.',
  restock: 'The goods of an order return to the stock.',
  charge: 'Authorize and capture the total of an order.',
  'unwind-payment': 'Void when nothing was captured, refund when it was, and never charge later.',
  'stock.reserved': 'All lines of an order are reserved.',
  'stock.rejected': 'There was not enough stock for an order; nothing is reserved.',
  'stock.changed': 'The free stock of a product has changed; for pages that show it.',
  'product.price-changed': 'A product has another price.',
  'payment.captured': 'The total of an order was charged.',
  'payment.declined': 'The provider has declined the payment of an order.',
  'payment.refunded': 'What was charged for an order is refunded.',
  'payment.voided': 'Nothing was charged for a cancelled order, and nothing will be.',
};
