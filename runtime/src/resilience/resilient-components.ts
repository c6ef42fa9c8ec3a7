import { isOutputBinding } from '#blocks/bindings/binding.ts';
import type { Binding } from '#blocks/bindings/binding.ts';
import type { ConfigurationStore } from '#blocks/configuration/configuration-store.ts';
import type { ConversationComponent } from '#blocks/conversation/conversation-component.ts';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import type { LockStore } from '#blocks/lock/lock-store.ts';
import type { Broker } from '#blocks/pubsub/broker.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import type { Policy } from '#core/policy.ts';
import { statusOf } from './error-status.ts';

/** Applies a policy to publishing. Failures have the status of their error, so that retry rules can match it. */
export function resilientBroker(inner: Broker, policy: Policy, name: string): Broker {
  return {
    ...inner,
    publish: (call, message) =>
      policy(call, `publish ${name}/${message.topic}`, async (inside, _attempt, notes) => {
        try {
          await inner.publish(inside, message);
        } catch (cause) {
          notes.failed(statusOf(cause));
          throw cause;
        }
      }),
  };
}

export function resilientSecretStore(inner: SecretStore, policy: Policy, name: string): SecretStore {
  return {
    ...inner,
    get: (call, key) => policy(call, `secret of ${name}`, (inside) => inner.get(inside, key)),
    getAll: (call) => policy(call, `secrets of ${name}`, (inside) => inner.getAll(inside)),
  };
}

/** Applies a policy to operations; events of the binding are not affected. */
export function resilientBinding(inner: Binding, policy: Policy, name: string): Binding {
  if (!isOutputBinding(inner)) return inner;
  const binding: Binding = {
    ...inner,
    invoke: (call, request) =>
      policy(call, `${request.operation} ${name}`, async (inside, _attempt, notes) => {
        const reply = await inner.invoke(inside, request);
        if (reply?.rejection !== undefined) notes.failed();
        return reply;
      }),
  };
  return binding;
}

export function resilientLockStore(inner: LockStore, policy: Policy, name: string): LockStore {
  return {
    ...inner,
    tryLock: (call, claim) => policy(call, `lock ${name}`, (inside) => inner.tryLock(inside, claim)),
    unlock: (call, claim) => policy(call, `unlock ${name}`, (inside) => inner.unlock(inside, claim)),
  };
}

export function resilientConfigurationStore(
  inner: ConfigurationStore,
  policy: Policy,
  name: string,
): ConfigurationStore {
  return {
    ...inner,
    get: (call, query) => policy(call, `configuration of ${name}`, (inside) => inner.get(inside, query)),
    watch: (call, query, listener) => policy(call, `watch ${name}`, (inside) => inner.watch(inside, query, listener)),
  };
}

export function resilientKeyVault(inner: KeyVault, policy: Policy, name: string): KeyVault {
  return {
    ...inner,
    wrap: (call, keyName, algorithm, key) =>
      policy(call, `wrap ${name}`, (inside) => inner.wrap(inside, keyName, algorithm, key)),
    unwrap: (call, keyName, algorithm, wrapped) =>
      policy(call, `unwrap ${name}`, (inside) => inner.unwrap(inside, keyName, algorithm, wrapped)),
  };
}

export function resilientConversationComponent(
  inner: ConversationComponent,
  policy: Policy,
  name: string,
): ConversationComponent {
  return {
    ...inner,
    converse: (call, request) => policy(call, `converse ${name}`, (inside) => inner.converse(inside, request)),
  };
}
