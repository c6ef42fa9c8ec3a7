/** The one pub/sub component of the store, and its topics. Each topic is written by one service only. */
export const pubsub = 'pubsub';

export const topics = {
  /** Written by catalog: product and stock events. */
  stock: 'stock',
  products: 'products',
  /** Written by cart. */
  carts: 'carts',
  /** Written by order. */
  orders: 'orders',
  /** Written by payment. */
  payments: 'payments',
} as const;

export type Topic = (typeof topics)[keyof typeof topics];

/** Where an app's sidecar publishes the events that the app can never process, or could not within its attempts. */
export const deadLetterTopicOf = (app: string): string => `${app}-dead-letters`;
