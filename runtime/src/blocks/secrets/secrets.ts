import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { SecretScope } from '#core/resource.ts';
import * as errors from './errors.ts';
import { maySecretBeRead } from './secret-scopes.ts';
import type { SecretStore } from './secret-store.ts';

export type SecretValues = Readonly<Record<string, string>>;

export interface GetSecret {
  readonly storeName: string;
  readonly key: string;
}

export interface GetBulkSecret {
  readonly storeName: string;
}

/** Secrets, for the HTTP and the gRPC API. */
export interface SecretsBlock {
  /** Undefined when there is no such secret. */
  get(call: Call, request: GetSecret): Promise<SecretValues | undefined>;
  /** All that the app may read, by name. */
  getAll(call: Call, request: GetBulkSecret): Promise<Readonly<Record<string, SecretValues>>>;
}

export interface SecretsOptions {
  readonly stores: ReadonlyMap<string, Loaded<SecretStore>>;
  readonly scopes: readonly SecretScope[];
  readonly recorder: Recorder;
}

export function secretsBlock({ stores, scopes, recorder }: SecretsOptions): SecretsBlock {
  const storeNamed = (name: string): SecretStore => {
    if (stores.size === 0) throw errors.secretStoresNotConfigured();
    const store = stores.get(name);
    if (!store) throw errors.secretStoreNotFound(name);
    return store.port;
  };
  const recorded = <T>(call: Call, storeName: string, key: string, read: (call: Call) => Promise<T>): Promise<T> =>
    // names are recorded, values never
    recorder.record(call, { kind: 'secret.get', name: storeName, attributes: { key } }, async (inner) => {
      try {
        return await read(inner);
      } catch (cause) {
        if (cause instanceof RuntimeError) throw cause;
        throw withCause(errors.secretGetFailed(key, storeName, textOf(cause)), cause);
      }
    });

  return {
    async get(call, { storeName, key }) {
      const store = storeNamed(storeName);
      if (!maySecretBeRead(scopes, storeName, key)) throw errors.secretDenied(key, storeName);
      return await recorded(call, storeName, key, (inner) => store.get(inner, key));
    },
    async getAll(call, { storeName }) {
      const store = storeNamed(storeName);
      const all = await recorded(call, storeName, '*', (inner) => store.getAll(inner));
      return Object.fromEntries([...all].filter(([name]) => maySecretBeRead(scopes, storeName, name)));
    },
  };
}
