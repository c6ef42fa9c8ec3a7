import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import type { Factory } from '#core/component.ts';
import { SecretStore as SecretService } from '#gen/dapr/proto/components/v1/secretstore_pb.ts';
import { openLink } from './component-link.ts';
import { supportedFeatures } from './features.ts';
import { servicesAt } from './services.ts';

/** A secret store in a separate process. */
export function pluggableSecretStore(socket: string): Factory<SecretStore> {
  return async (context) => {
    const { metadata, properties = metadata } = context;
    const services = await servicesAt(socket, context.clock);
    if (!services.has(SecretService.typeName)) throw new TypeError(`the component at ${socket} is not a secret store`);
    let features: SecretStore['features'] = [];
    const link = await openLink({
      socket,
      context,
      init: async (request) => {
        await request(undefined, SecretService.method.init, { metadata: { properties } });
        const response = await request(undefined, SecretService.method.features, {});
        features = supportedFeatures(response.features, ['MULTIPLE_KEY_VALUES_PER_SECRET']);
      },
    });
    return {
      features,
      async get(call, name) {
        const { data } = await link.request(call, SecretService.method.get, { key: name });
        return Object.keys(data).length > 0 ? data : undefined;
      },
      async getAll(call) {
        const { data } = await link.request(call, SecretService.method.bulkGet, {});
        return new Map(Object.entries(data).map(([name, { secrets }]) => [name, secrets]));
      },
      close() {
        link.close();
        return Promise.resolve();
      },
    };
  };
}
