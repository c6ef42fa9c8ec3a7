import type { MessageType, OrderCommand } from './events.ts';

/** The one pub/sub component of the store, and its topics. Each topic is written by one service only. */
export const pubsub = 'pubsub';

export const topics = {
  /** Written by catalog: its responses to the stock commands of orders, and what pages show of products. */
  stock: 'stock',
  products: 'products',
  /** Written by cart. */
  carts: 'carts',
  /** Written by order: events for others, records for its own projection, and commands, each addressed to one service. */
  orders: 'orders',
  orderRecords: 'order-records',
  stockCommands: 'stock-commands',
  paymentCommands: 'payment-commands',
  /** Written by payment. */
  payments: 'payments',
} as const;

export type Topic = (typeof topics)[keyof typeof topics];

export const topicOf: { readonly [T in MessageType]: Topic } = {
  'cart.checked-out': topics.carts,
  'order.changed': topics.orders,
  'order.recorded': topics.orderRecords,
  'reserve-stock': topics.stockCommands,
  'release-stock': topics.stockCommands,
  'commit-stock': topics.stockCommands,
  restock: topics.stockCommands,
  charge: topics.paymentCommands,
  'unwind-payment': topics.paymentCommands,
  'stock.reserved': topics.stock,
  'stock.rejected': topics.stock,
  'stock.changed': topics.products,
  'product.price-changed': topics.products,
  'payment.captured': topics.payments,
  'payment.declined': topics.payments,
  'payment.refunded': topics.payments,
  'payment.voided': topics.payments,
};

/** The service that a command is addressed to. */
export const receiverOf = (command: OrderCommand): 'catalog' | 'payment' =>
  topicOf[command] === topics.stockCommands ? 'catalog' : 'payment';

/** Where an app's sidecar publishes the events that the app can never process, or could not within its attempts. */
export const deadLetterTopicOf = (app: string): string => `${app}-dead-letters`;
