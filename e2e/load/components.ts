import type { BenchEnvironment } from './bench-environment.ts';

/** The prefix of a store's tables: each sidecar under test has its own tables. */
export function tablePrefix(candidate: string, store: string): string {
  return `${candidate}_${store}_`;
}

/** The same components for all, except for the names of tables. */
export function componentsFor(environment: BenchEnvironment, candidate: string, stores: readonly string[]): string {
  const states = stores.map((store) =>
    component(store, 'state.postgresql', 'v2', {
      connectionString: environment.databaseUrl,
      tablePrefix: tablePrefix(candidate, store),
      metadataTableName: `${candidate}_metadata`,
      ...(store === 'statestore' ? { actorStateStore: 'true' } : {}),
    }),
  );
  const pubsub = component('pubsub', 'pubsub.jetstream', 'v1', {
    natsURL: environment.natsUrl,
    concurrency: 'parallel',
  });
  return [...states, pubsub].join('---\n');
}

function component(name: string, type: string, version: string, metadata: Readonly<Record<string, string>>): string {
  const entries = Object.entries(metadata).map(
    ([key, value]) => `    - name: ${key}\n      value: ${JSON.stringify(value)}\n`,
  );
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${name}
spec:
  type: ${type}
  version: ${version}
  metadata:
${entries.join('')}`;
}

export function subscriptionTo(topic: string): string {
  return `apiVersion: dapr.io/v2alpha1
kind: Subscription
metadata:
  name: bench
spec:
  pubsubname: pubsub
  topic: ${topic}
  routes:
    default: /event
`;
}
