import type { EndpointResource, SecretText } from '#core/endpoint-resource.ts';
import { environmentValue, secretReference } from './component-resource.ts';
import { resourceInvalid } from '../errors.ts';
import type { ResourceReader } from './resource-reader.ts';
import type { YamlValue } from './yaml-reader.ts';

/** Reads an HTTPEndpoint document. Throws `resourceInvalid` with file and line. */
export function endpointOf(document: YamlValue, reader: ResourceReader): EndpointResource {
  const name = document.at('metadata')?.at('name')?.text() ?? '';
  if (name === '') throw resourceInvalid(document.location, 'metadata.name is missing');
  const spec = document.at('spec');
  const baseUrl = spec?.at('baseUrl')?.text() ?? '';
  const protocol = URL.parse(baseUrl)?.protocol ?? '';
  if (!['http:', 'https:'].includes(protocol))
    throw resourceInvalid(
      spec?.at('baseUrl')?.location ?? document.location,
      `${name} needs a spec.baseUrl such as https://example.com`,
    );
  const tls = spec?.at('clientTLS');
  return {
    name,
    baseUrl,
    headers: (spec?.at('headers')?.items() ?? []).map((header) => ({
      name: headerName(header),
      value: secretText(header, reader) ?? '',
      location: header.location,
    })),
    ...(tls ? { tls: tlsOf(tls, reader) } : {}),
    secretStore: document.at('auth')?.at('secretStore')?.text() ?? '',
    location: document.location,
  };
}

function headerName(header: YamlValue): string {
  const name = header.at('name')?.text() ?? '';
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
    throw resourceInvalid(header.location, 'header without a usable name');
  return name;
}

function tlsOf(tls: YamlValue, reader: ResourceReader): NonNullable<EndpointResource['tls']> {
  const rootCertificate = secretText(tls.at('rootCA'), reader);
  const certificate = secretText(tls.at('certificate'), reader);
  const privateKey = secretText(tls.at('privateKey'), reader);
  return {
    ...(rootCertificate === undefined ? {} : { rootCertificate }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
}

function secretText(value: YamlValue | undefined, reader: ResourceReader): SecretText | undefined {
  const secret = secretReference(value);
  if (secret) return secret;
  const reference = value?.at('envRef');
  return reference?.text() ? environmentValue(reference, reader.env) : value?.at('value')?.text();
}
