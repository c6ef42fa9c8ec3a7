import type { ComponentContext } from '#core/component.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';

/**
 * `secretstores.local.env`: the sidecar's environment. A variable that is not set is an empty secret, as upstream.
 * The sidecar's own tokens and settings stay hidden. Metadata `prefix` is put before each name.
 */
export async function envSecretStore({ metadata, env = {} }: ComponentContext): Promise<SecretStore> {
  const prefix = metadata['prefix'] ?? '';
  return {
    features: [],
    async get(_call, name) {
      const variable = prefix + name;
      return { [name]: isHidden(variable) ? '' : (env[variable] ?? '') };
    },
    async getAll() {
      const names = Object.keys(env).filter((variable) => variable.startsWith(prefix) && !isHidden(variable));
      return new Map(
        names.map((variable) => {
          const name = variable.slice(prefix.length);
          return [name, { [name]: env[variable] ?? '' }];
        }),
      );
    },
    async close() {},
  };
}

function isHidden(variable: string): boolean {
  const name = variable.toUpperCase();
  return name === 'APP_API_TOKEN' || name.startsWith('DAPR_') || name.startsWith('OUTRIGGER_PEER_SECRET');
}
