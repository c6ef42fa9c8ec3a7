import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { textOf, withCause } from '#core/errors.ts';
import type { EndpointResource } from '#core/endpoint-resource.ts';
import type { McpServerResource } from '#core/mcp-server-resource.ts';
import type { ResiliencyResource } from '#core/resiliency-resource.ts';
import type { ComponentResource, SubscriptionResource } from '#core/resource.ts';
import { configInvalid, duplicateComponents, resourceInvalid } from '../errors.ts';
import { componentOf } from './component-resource.ts';
import { endpointOf } from './endpoint-resource.ts';
import type { ResourceReader } from './resource-reader.ts';
import { mcpServerOf } from './mcp-server-resource.ts';
import { resiliencyOf } from './resiliency-resource.ts';
import { subscriptionOf } from './subscription-resource.ts';
import { readYaml } from './yaml-reader.ts';
import type { YamlValue } from './yaml-reader.ts';

/** The resources of the folders that apply to this app. */
export interface Resources {
  readonly components: readonly ComponentResource[];
  readonly subscriptions: readonly SubscriptionResource[];
  readonly httpEndpoints: readonly EndpointResource[];
  readonly resiliencies: readonly ResiliencyResource[];
  readonly mcpServers: readonly McpServerResource[];
  /**
   * Configurations among the resources have no effect: they are passed on the command line. A change of one requires a
   * restart.
   */
  readonly configurations: readonly { readonly name: string; readonly spec: unknown }[];
  /** Errors in resources that Dapr ignores when they are invalid. */
  readonly problems: readonly string[];
}

/**
 * Reads every `.yaml` and `.yml` file of the folders, not their subfolders. Throws `configInvalid` or
 * `resourceInvalid`.
 */
export async function readResources(folders: readonly string[], reader: ResourceReader): Promise<Resources> {
  const files = (await Promise.all(folders.map(yamlFiles))).flat();
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const documents = files.flatMap((file, i) => readYaml(file, texts[i] ?? ''));
  const applicable = documents.filter((document) => appliesTo(document, reader));
  const ofKind = (kind: string): readonly YamlValue[] =>
    applicable.filter((document) => textAt(document, 'kind') === kind);
  const components = ofKind('Component').map((document) => componentOf(document, reader));
  rejectDuplicates(components, reader.loading ?? 'components');
  const problems: string[] = [];
  return {
    components,
    subscriptions: ofKind('Subscription').map(subscriptionOf),
    httpEndpoints: ofKind('HTTPEndpoint').map((document) => endpointOf(document, reader)),
    resiliencies: ofKind('Resiliency').flatMap((document) => {
      try {
        return resiliencyOf(document);
      } catch (cause) {
        // the beginning is the reference's message, which its users search for in logs
        problems.push(`Could not read resiliency policy ${nameOf(document)}: ${textOf(cause)}`);
        return [];
      }
    }),
    mcpServers: ofKind('MCPServer').map(mcpServerOf),
    configurations: ofKind('Configuration').map((document) => ({
      name: nameOf(document),
      spec: document.at('spec')?.plain(),
    })),
    problems,
  };
}

async function yamlFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /\.ya?ml$/i.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    throw withCause(configInvalid(`--resources-path ${folder} cannot be read: ${textOf(cause)}`), cause);
  }
}

function appliesTo(document: YamlValue, { appId, namespace }: ResourceReader): boolean {
  if (document.at('kind') === undefined) return false;
  const resourceNamespace = textAt(document.at('metadata'), 'namespace');
  if (namespace !== '' && resourceNamespace !== '' && resourceNamespace !== namespace) return false;
  const scopes = document.at('scopes')?.items() ?? [];
  return scopes.length === 0 || scopes.some((scope) => scope.text() === appId);
}

/** The reference's message, which its callers search for in its log; the locations are the cause. */
function rejectDuplicates(components: readonly ComponentResource[], loading: string): void {
  const seen = new Map<string, ComponentResource>();
  const problems: string[] = [];
  const locations = new Set<string>();
  for (const component of components) {
    const first = seen.get(component.name);
    if (!first) {
      seen.set(component.name, component);
      continue;
    }
    problems.push(`duplicate definition of Component name ${label(component)} with existing ${label(first)}`);
    locations.add(first.location).add(component.location);
  }
  if (problems.length > 0)
    throw withCause(
      duplicateComponents(`failed to load ${loading}: ${problems.join('\n')}`),
      new Error(`rename one of those at ${[...locations].join(', ')}`),
    );
}

function label({ name, type, version }: ComponentResource): string {
  return `${name} (${type}/${version})`;
}

export function nameOf(document: YamlValue): string {
  const name = textAt(document.at('metadata'), 'name');
  if (name === '') throw resourceInvalid(document.location, 'metadata.name is missing');
  return name;
}

function textAt(value: YamlValue | undefined, name: string): string {
  return value?.at(name)?.text() ?? '';
}
