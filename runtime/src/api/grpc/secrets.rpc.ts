import type { SecretsBlock } from '#blocks/secrets/secrets.ts';
import type { DaprRpcs } from './server.ts';

export function secretsRpcs(secrets: SecretsBlock) {
  return {
    getSecret: async (call, request) => ({ data: { ...(await secrets.get(call, request)) } }),
    async getBulkSecret(call, request) {
      const all = Object.entries(await secrets.getAll(call, request));
      return { data: Object.fromEntries(all.map(([name, values]) => [name, { secrets: { ...values } }])) };
    },
  } satisfies DaprRpcs;
}
