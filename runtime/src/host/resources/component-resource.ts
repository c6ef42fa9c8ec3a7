import { parseGoDuration } from '#core/duration.ts';
import type { ComponentResource, MetadataEntry } from '#core/resource.ts';
import { resourceInvalid } from '../errors.ts';
import type { ResourceReader } from './resource-reader.ts';
import type { YamlValue } from './yaml-reader.ts';

const defaultInitTimeoutMs = 5000;

/** Reads a Component document. Throws `resourceInvalid` with file and line. */
export function componentOf(document: YamlValue, reader: ResourceReader): ComponentResource {
  const name = document.at('metadata')?.at('name')?.text() ?? '';
  const spec = document.at('spec');
  const type = spec?.at('type')?.text().toLowerCase() ?? '';
  if (name === '') throw resourceInvalid(document.location, 'component without metadata.name');
  if (!/^[a-z]+\../.test(type))
    throw resourceInvalid(document.location, `component ${name} needs a spec.type such as state.postgresql`);
  return {
    name,
    type,
    version: versionOf(spec),
    metadata: (spec?.at('metadata')?.items() ?? []).map((entry) => metadataEntry(entry, reader)),
    isNamespaced: (spec?.at('metadata')?.items() ?? []).some((entry) => isTemplate(entry.at('value'))),
    ignoreErrors: spec?.at('ignoreErrors')?.isOn() ?? false,
    initTimeoutMs: initTimeout(spec),
    secretStore: document.at('auth')?.at('secretStore')?.text() ?? '',
    location: document.location,
  };
}

function isTemplate(value: YamlValue | undefined): boolean {
  return plainText(value).includes('{namespace}');
}

function versionOf(spec: YamlValue | undefined): string {
  const version = spec?.at('version')?.text().toLowerCase() ?? '';
  return version === '' || version === 'v0' ? 'v1' : version;
}

function initTimeout(spec: YamlValue | undefined): number {
  const value = spec?.at('initTimeout');
  if (!value?.text()) return defaultInitTimeoutMs;
  const ms = parseGoDuration(value.text());
  if (ms === undefined || ms <= 0) throw resourceInvalid(value.location, 'initTimeout is not a duration such as 5s');
  return ms;
}

function metadataEntry(entry: YamlValue, reader: ResourceReader): MetadataEntry {
  const name = entry.at('name')?.text() ?? '';
  if (name === '') throw resourceInvalid(entry.location, 'metadata entry without a name');
  const secret = secretReference(entry, `of ${name} `);
  if (secret) return { name, value: secret, location: entry.location };
  const reference = entry.at('envRef');
  if (reference?.text()) return { name, value: environmentValue(reference, reader.env), location: entry.location };
  return { name, value: fillTemplates(plainText(entry.at('value')), reader), location: entry.location };
}

/** Generated resources contain empty members: those are the same as absent ones. */
export function secretReference(
  entry: YamlValue | undefined,
  owner = '',
): { secretName: string; secretKey: string } | undefined {
  const secret = entry?.at('secretKeyRef');
  const secretName = secret?.at('name')?.text() ?? '';
  const secretKey = secret?.at('key')?.text() ?? '';
  if (!secret || (secretName === '' && secretKey === '')) return undefined;
  if (secretName === '') throw resourceInvalid(secret.location, `secretKeyRef ${owner}without a name`);
  return { secretName, secretKey: secretKey || secretName };
}

/** A list or mapping becomes JSON text, as in Dapr. */
function plainText(value: YamlValue | undefined): string {
  const plain = value?.plain();
  if (plain === undefined || plain === null) return '';
  return typeof plain === 'object' ? JSON.stringify(plain) : String(plain as string | number | boolean);
}

/** The sidecar's own tokens are not available to components, and `DAPR_ENV_KEYS` may restrict further. */
export function environmentValue(reference: YamlValue, env: ResourceReader['env']): string {
  const name = reference.text();
  const allowed = env['DAPR_ENV_KEYS']?.split(' ').filter(Boolean);
  const isDenied =
    name === 'APP_API_TOKEN' ||
    name.startsWith('DAPR_') ||
    name.startsWith('OUTRIGGER_PEER_SECRET') ||
    name.includes(' ');
  if (isDenied || (allowed && !allowed.includes(name)))
    throw resourceInvalid(reference.location, `envRef ${name} is not allowed`);
  return env[name] ?? '';
}

function fillTemplates(text: string, reader: ResourceReader): string {
  if (!text.includes('{')) return text;
  return text
    .replaceAll('{uuid}', () => reader.uuid())
    .replaceAll('{podName}', reader.podName)
    .replaceAll('{namespace}', reader.namespace === '' ? reader.appId : `${reader.namespace}.${reader.appId}`)
    .replaceAll('{appID}', reader.appId);
}
