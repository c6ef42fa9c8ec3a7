/**
 * The whole store as one readable table. The launcher, compose, and the tests are checked against it.
 * Ports here are the ones inside a container; on one machine the launcher picks free ones.
 */
export interface Program {
  /** The Dapr app id, and the name in logs. */
  readonly app: string;
  /** Entry file, from the repository's root. */
  readonly main: string;
  /** Where the program listens: `APP_PORT` in its environment. */
  readonly port: number;
  /** Whether a sidecar stands beside it. */
  readonly sidecar: boolean;
  /** Component files of `infra/components` that its sidecar loads. */
  readonly components: readonly string[];
  /**
   * What it needs from its environment beside `APP_PORT`, `DAPR_HTTP_PORT` and `DAPR_GRPC_PORT`. With `APP_API_TOKEN` it
   * listens on a public port and tells its sidecar's calls from others by that token, which the sidecar gets as well.
   */
  readonly env: readonly (
    | 'DATABASE_URL'
    | 'PROVIDER_URL'
    | 'GRACE_SECONDS'
    | 'FULFILMENT_SECONDS'
    | 'FRONTEND_DIR'
    | 'SESSION_SECRET'
    | 'STAFF_TOKEN'
    | 'APP_API_TOKEN'
  )[];
  /** Published to the outside. */
  readonly isPublic?: boolean;
}

export const topology: readonly Program[] = [
  {
    app: 'catalog',
    main: 'services/catalog/src/main.ts',
    port: 7001,
    sidecar: true,
    components: ['secrets', 'pubsub'],
    env: ['DATABASE_URL', 'STAFF_TOKEN'],
  },
  {
    app: 'cart',
    main: 'services/cart/src/main.ts',
    port: 7002,
    sidecar: true,
    components: ['secrets', 'pubsub', 'statestore'],
    env: [],
  },
  {
    app: 'order',
    main: 'services/order/src/main.ts',
    port: 7003,
    sidecar: true,
    components: ['secrets', 'pubsub', 'statestore'],
    env: ['DATABASE_URL', 'GRACE_SECONDS', 'FULFILMENT_SECONDS'],
  },
  {
    app: 'payment',
    main: 'services/payment/src/main.ts',
    port: 7004,
    sidecar: true,
    components: ['secrets', 'pubsub'],
    env: ['DATABASE_URL', 'PROVIDER_URL'],
  },
  {
    app: 'provider',
    main: 'services/payment/src/provider/main.ts',
    port: 7005,
    sidecar: false,
    components: [],
    env: ['DATABASE_URL'],
  },
  {
    app: 'storefront',
    main: 'services/storefront/src/main.ts',
    port: 7000,
    sidecar: true,
    components: ['secrets', 'pubsub'],
    env: ['PROVIDER_URL', 'FRONTEND_DIR', 'SESSION_SECRET', 'APP_API_TOKEN'],
    isPublic: true,
  },
];
