import type { Factory } from '#core/component.ts';
import type { Binding } from '#blocks/bindings/binding.ts';
import type { ConversationComponent } from '#blocks/conversation/conversation-component.ts';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import type { ConfigurationStore } from '#blocks/configuration/configuration-store.ts';
import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { LockStore } from '#blocks/lock/lock-store.ts';
import type { Broker } from '#blocks/pubsub/broker.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import type { StateStore } from '#blocks/state/state-store.ts';

/** Drivers load when a resource file names them, so an unused vendor costs nothing at start. */
export type LazyFactory<Port> = () => Promise<Factory<Port>>;

/** Makes the factory of a component in a separate process, behind a Unix socket. */
export type Pluggable<Port> = (socket: string) => Promise<Factory<Port>>;

/** The kinds of components that can run in a separate process: any type that is not listed below and has a socket. */
export const pluggable = {
  stateStore: async (socket: string): Promise<Factory<StateStore>> =>
    (await import('./pluggable/state-store.ts')).pluggableStateStore(socket),
  broker: async (socket: string): Promise<Factory<Broker>> =>
    (await import('./pluggable/broker.ts')).pluggableBroker(socket),
  binding: async (socket: string): Promise<Factory<Binding>> =>
    (await import('./pluggable/binding.ts')).pluggableBinding(socket),
  secretStore: async (socket: string): Promise<Factory<SecretStore>> =>
    (await import('./pluggable/secret-store.ts')).pluggableSecretStore(socket),
};

/** The only list of components: `type/version`, lower case. A missing version, `v0` and `v1` mean the same. */
export const stateStores: Readonly<Record<string, LazyFactory<StateStore>>> = {
  'state.in-memory/v1': async () => (await import('./memory/state-store.ts')).memoryStateStore,
  'state.sqlite/v1': async () => (await import('./sqlite/state-store.ts')).sqliteStateStore,
  'state.sqlite3/v1': async () => (await import('./sqlite/state-store.ts')).sqliteStateStore,
  'state.postgresql/v1': async () => (await import('./postgres/state-store-v1.ts')).postgresStateStoreV1,
  'state.postgresql/v2': async () => (await import('./postgres/state-store.ts')).postgresStateStore,
  'state.postgres/v1': async () => (await import('./postgres/state-store-v1.ts')).postgresStateStoreV1,
  'state.postgres/v2': async () => (await import('./postgres/state-store.ts')).postgresStateStore,
  'state.jetstream/v1': async () => (await import('./nats/kv-state-store.ts')).kvStateStore,
  'state.etcd/v1': async () => (await import('./etcd/state-store.ts')).etcdStateStoreV1,
  'state.etcd/v2': async () => (await import('./etcd/state-store.ts')).etcdStateStoreV2,
  'state.mongodb/v1': async () => (await import('./mongodb/state-store.ts')).mongoStateStore,
  'state.redis/v1': async () => (await import('./redis/state-store.ts')).redisStateStore,
};

export const brokers: Readonly<Record<string, LazyFactory<Broker>>> = {
  'pubsub.in-memory/v1': async () => (await import('./memory/broker.ts')).memoryBroker,
  'pubsub.mqtt3/v1': async () => (await import('./mqtt/broker.ts')).mqttBroker,
  'pubsub.mqtt/v1': async () => (await import('./mqtt/broker.ts')).mqttBroker,
  'pubsub.jetstream/v1': async () => (await import('./nats/broker.ts')).jetstreamBroker,
  'pubsub.rabbitmq/v1': async () => (await import('./rabbitmq/broker.ts')).rabbitBroker,
  'pubsub.redis/v1': async () => (await import('./redis/broker.ts')).redisBroker,
};

export const bindings: Readonly<Record<string, LazyFactory<Binding>>> = {
  'bindings.cron/v1': async () => (await import('./cron/binding.ts')).cronBinding,
  'bindings.http/v1': async () => (await import('./http/binding.ts')).httpBinding,
  'bindings.localstorage/v1': async () => (await import('./localstorage/binding.ts')).localStorageBinding,
  'bindings.mqtt3/v1': async () => (await import('./mqtt/binding.ts')).mqttBinding,
  'bindings.postgresql/v1': async () => (await import('./postgres/binding.ts')).postgresBinding,
  'bindings.postgres/v1': async () => (await import('./postgres/binding.ts')).postgresBinding,
  'bindings.rabbitmq/v1': async () => (await import('./rabbitmq/binding.ts')).rabbitBinding,
  'bindings.redis/v1': async () => (await import('./redis/binding.ts')).redisBinding,
  'bindings.smtp/v1': async () => (await import('./smtp/binding.ts')).smtpBinding,
};

export const conversationComponents: Readonly<Record<string, LazyFactory<ConversationComponent>>> = {
  'conversation.deepseek/v1': async () => (await import('./openai/conversation.ts')).openaiConversation,
  'conversation.echo/v1': async () => (await import('./echo/conversation.ts')).echoConversation,
  'conversation.huggingface/v1': async () => (await import('./openai/conversation.ts')).openaiConversation,
  'conversation.ollama/v1': async () => (await import('./openai/conversation.ts')).openaiConversation,
  'conversation.openai/v1': async () => (await import('./openai/conversation.ts')).openaiConversation,
};

export const keyVaults: Readonly<Record<string, LazyFactory<KeyVault>>> = {
  'crypto.dapr.jwks/v1': async () => (await import('./crypto/jwks.ts')).jwksKeyVault,
  'crypto.dapr.localstorage/v1': async () => (await import('./crypto/local-keys.ts')).localKeyVault,
};

export const configurationStores: Readonly<Record<string, LazyFactory<ConfigurationStore>>> = {
  'configuration.postgresql/v1': async () =>
    (await import('./postgres/configuration-store.ts')).postgresConfigurationStore,
  'configuration.postgres/v1': async () =>
    (await import('./postgres/configuration-store.ts')).postgresConfigurationStore,
  'configuration.redis/v1': async () => (await import('./redis/configuration-store.ts')).redisConfigurationStore,
};

export const httpMiddlewares: Readonly<Record<string, LazyFactory<HttpMiddleware>>> = {
  'middleware.http.bearer/v1': async () => (await import('./middleware/bearer.ts')).bearer,
  'middleware.http.oauth2clientcredentials/v1': async () =>
    (await import('./middleware/client-credentials.ts')).clientCredentials,
  'middleware.http.ratelimit/v1': async () => (await import('./middleware/rate-limit.ts')).rateLimit,
  'middleware.http.routeralias/v1': async () => (await import('./middleware/route-alias.ts')).routeAlias,
  'middleware.http.routerchecker/v1': async () => (await import('./middleware/router-checker.ts')).routerChecker,
  'middleware.http.uppercase/v1': async () => (await import('./middleware/uppercase.ts')).uppercase,
};

export const lockStores: Readonly<Record<string, LazyFactory<LockStore>>> = {
  'lock.postgresql/v1': async () => (await import('./postgres/lock-store.ts')).postgresLockStore,
  'lock.redis/v1': async () => (await import('./redis/lock-store.ts')).redisLockStore,
};

export const secretStores: Readonly<Record<string, LazyFactory<SecretStore>>> = {
  'secretstores.local.env/v1': async () => (await import('./env/secret-store.ts')).envSecretStore,
  'secretstores.local.file/v1': async () => (await import('./file/secret-store.ts')).fileSecretStore,
};

/** Upstream's components that are not implemented, each with an alternative. */
export const unsupported: Readonly<Record<string, string>> = {
  'middleware.http.oauth2': 'authenticate users in a reverse proxy, and check its tokens with middleware.http.bearer',
  'middleware.http.opa': 'restrict callers with accessControl in the Configuration',
  'middleware.http.sentinel':
    'limit rates with middleware.http.ratelimit, and use the circuit breakers of a Resiliency resource',
  'middleware.http.wasm': 'run the program in the app or in a reverse proxy',
};
