/** The apps of the store that have a sidecar, in the order of `infra/topology.ts`; a test compares the two. */
export const apps = ['catalog', 'cart', 'order', 'payment', 'storefront'] as const;
