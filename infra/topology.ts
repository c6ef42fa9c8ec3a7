/**
 * All programs of the store in one table. The launcher, compose and the tests are checked against it.
 * Ports here are those inside a container; on one machine the launcher picks free ones.
 */
export interface Program {
  /** The Dapr app id, and the name in logs. */
  readonly app: string;
  /** Entry file, from the repository's root. */
  readonly main: string;
  /** Where the program listens: `APP_PORT` in its environment. */
  readonly port: number;
  /** Whether it has a sidecar. */
  readonly sidecar: boolean;
  /** Component files of `infra/components` that its sidecar loads. */
  readonly components: readonly string[];
  /** What it needs from its environment beside `APP_PORT` and, with a sidecar, the sidecar's ports and the two tokens. */
  readonly env: readonly ProgramVariable[];
  /** Topics that only this app may publish to, apart from `deadLetterApp`, which publishes dead letters again. */
  readonly publishes: readonly Topic[];
  /** Topics that it subscribes to; it gets no others. */
  readonly subscribes: readonly Topic[];
  /** Published to the outside. */
  readonly isPublic?: boolean;
}

export type ProgramVariable =
  | 'DATABASE_URL'
  | 'PROVIDER_URL'
  | 'GRACE_SECONDS'
  | 'FULFILMENT_SECONDS'
  | 'WATCHDOG_SECONDS'
  | 'FRONTEND_DIR'
  | 'STORE_APPS'
  | 'TRUST_PROXY'
  | 'RATE_LIMIT_FACTOR'
  | 'SESSION_SECRET'
  | 'STAFF_TOKEN'
  | 'PROVIDER_SECRET_KEY'
  | 'PROVIDER_PUBLISHABLE_KEY'
  | 'PROVIDER_FINGERPRINT_SECRET';

export type Topic =
  | 'carts'
  | 'orders'
  | 'order-records'
  | 'stock-commands'
  | 'payment-commands'
  | 'payments'
  | 'products'
  | 'stock';

export const topology: readonly Program[] = [
  {
    app: 'catalog',
    main: 'services/catalog/src/main.ts',
    port: 7001,
    sidecar: true,
    components: ['secrets', 'pubsub'],
    env: ['DATABASE_URL', 'STAFF_TOKEN'],
    publishes: ['stock', 'products'],
    subscribes: ['stock-commands'],
  },
  {
    app: 'cart',
    main: 'services/cart/src/main.ts',
    port: 7002,
    sidecar: true,
    components: ['secrets', 'pubsub', 'statestore'],
    env: ['STAFF_TOKEN', 'WATCHDOG_SECONDS'],
    publishes: ['carts'],
    subscribes: [],
  },
  {
    app: 'order',
    main: 'services/order/src/main.ts',
    port: 7003,
    sidecar: true,
    components: ['secrets', 'pubsub', 'statestore'],
    env: ['DATABASE_URL', 'STAFF_TOKEN', 'GRACE_SECONDS', 'FULFILMENT_SECONDS', 'WATCHDOG_SECONDS'],
    publishes: ['orders', 'order-records', 'stock-commands', 'payment-commands'],
    subscribes: ['carts', 'stock', 'payments', 'order-records'],
  },
  {
    app: 'payment',
    main: 'services/payment/src/main.ts',
    port: 7004,
    sidecar: true,
    components: ['secrets', 'pubsub'],
    env: ['DATABASE_URL', 'STAFF_TOKEN', 'PROVIDER_URL', 'PROVIDER_SECRET_KEY'],
    publishes: ['payments'],
    subscribes: ['payment-commands'],
  },
  {
    app: 'provider',
    main: 'services/payment/src/provider/main.ts',
    port: 7005,
    sidecar: false,
    components: [],
    env: ['DATABASE_URL', 'PROVIDER_SECRET_KEY', 'PROVIDER_PUBLISHABLE_KEY', 'PROVIDER_FINGERPRINT_SECRET'],
    publishes: [],
    subscribes: [],
  },
  {
    app: 'storefront',
    main: 'services/storefront/src/main.ts',
    port: 7000,
    sidecar: true,
    components: ['secrets', 'pubsub'],
    env: [
      'DATABASE_URL',
      'STAFF_TOKEN',
      'PROVIDER_URL',
      'PROVIDER_PUBLISHABLE_KEY',
      'FRONTEND_DIR',
      'STORE_APPS',
      'SESSION_SECRET',
      'TRUST_PROXY',
      'RATE_LIMIT_FACTOR',
    ],
    publishes: [],
    subscribes: ['orders', 'products'],
    isPublic: true,
  },
];

/** The topic of an app's messages that it cannot process. The order service subscribes to all of them. */
export const deadLetterTopic = (app: string): string => `${app}-dead-letters`;

/** The app that handles dead letters. */
export const deadLetterApp = 'order';

const withSidecar = topology.filter(({ sidecar }) => sidecar);

/** Apps that have a sidecar: the inside view of an order queries them. */
export const storeApps: readonly string[] = withSidecar.map(({ app }) => app);

/** All topics, dead letter topics included. */
export const allTopics: readonly string[] = withSidecar
  .flatMap(({ app, publishes }): readonly string[] => [...publishes, deadLetterTopic(app)])
  .toSorted();

/** `app=topic,topic;…`, as the `publishingScopes` and `subscriptionScopes` of a pub/sub component are written. */
export const publishingScopes: string = scopesOf(({ app, publishes }) => [
  ...publishes,
  deadLetterTopic(app),
  // A dead letter that staff redrive goes back to the topic that it came from.
  ...(app === deadLetterApp ? topicsOfOthers(app) : []),
]);
export const subscriptionScopes: string = scopesOf(({ app, subscribes }) => [
  ...subscribes,
  ...(app === deadLetterApp ? storeApps.map(deadLetterTopic) : []),
]);

/** Topics that other apps publish to. */
export function topicsOfOthers(owner: string): readonly Topic[] {
  return topology.flatMap(({ app, publishes }) => (app === owner ? [] : publishes)).toSorted();
}

function scopesOf(topics: (program: Program) => readonly string[]): string {
  return withSidecar.map((program) => `${program.app}=${topics(program).join(',')}`).join(';');
}
