import { httpChannel } from '#app/http-channel.ts';
import type { NamedEndpoint } from '#blocks/invoke/invoke.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import type { EndpointResource, SecretText } from '#core/endpoint-resource.ts';

export interface Endpoints {
  readonly named: (name: string) => NamedEndpoint | undefined;
  close(): Promise<void>;
}

/**
 * Opens channels to the external servers that resource files name, with secrets resolved. Rejects with the file and
 * line of a missing secret.
 */
export async function openEndpoints(
  resources: readonly EndpointResource[],
  secretStores: ReadonlyMap<string, Loaded<SecretStore>>,
  call: Call,
): Promise<Endpoints> {
  const open = new Map<string, NamedEndpoint>();
  for (const resource of resources) {
    const text = (value: SecretText) => resolveSecret(value, { resource, secretStores, call });
    const { origin, protocol, host, pathname } = new URL(resource.baseUrl);
    const { rootCertificate, certificate, privateKey } = resource.tls ?? {};
    const headers: string[] = [];
    for (const { name, value } of resource.headers) headers.push(name.toLowerCase(), await text(value));
    const channel = httpChannel({
      address: host,
      protocol: protocol === 'https:' ? 'https' : 'http',
      verifyCertificate: true,
      tls: {
        ...(rootCertificate ? { ca: await text(rootCertificate) } : undefined),
        ...(certificate ? { cert: await text(certificate) } : undefined),
        ...(privateKey ? { key: await text(privateKey) } : undefined),
      },
    });
    const basePath = pathname.replace(/\/+$/, '');
    open.set(resource.name, { baseUrl: `${origin}${basePath}`, basePath, channel, headers });
  }
  return {
    named: (name) => open.get(name),
    close: async () => void (await Promise.all([...open.values()].map(({ channel }) => channel.close()))),
  };
}

interface SecretContext {
  readonly resource: EndpointResource;
  readonly secretStores: ReadonlyMap<string, Loaded<SecretStore>>;
  readonly call: Call;
}

async function resolveSecret(value: SecretText, { resource, secretStores, call }: SecretContext): Promise<string> {
  if (typeof value === 'string') return value;
  const { secretName, secretKey } = value;
  const { name, location, secretStore } = resource;
  const store = secretStores.get(secretStore);
  if (!store)
    throw new TypeError(`${location}: ${name} refers to a secret, and there is no secret store '${secretStore}'`);
  const text = (await store.port.get(call, secretName))?.[secretKey];
  if (text === undefined)
    throw new TypeError(`${location}: ${secretStore} has no secret ${secretName} with the key ${secretKey}`);
  return text;
}
