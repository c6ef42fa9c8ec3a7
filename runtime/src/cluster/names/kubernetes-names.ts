import type { NameResolver } from '#blocks/invoke/peers.ts';
import { nameTemplateInvalid } from './errors.ts';

export interface KubernetesNamesOptions {
  /** The namespace to use when the caller names none. */
  readonly namespace: string;
  /** `cluster.local` by default. */
  readonly clusterDomain: string;
  readonly port: number;
  /** Replaces the whole address: text with `{{.ID}}`, `{{.Namespace}}` and `{{.Port}}`. */
  readonly template?: string;
}

const variable = /\{\{\s*\.(ID|Namespace|Port)\s*\}\}/g;

/** The address of the Kubernetes service of an app's sidecars. Throws `nameTemplateInvalid`. */
export function kubernetesNames(options: KubernetesNamesOptions): NameResolver {
  const { clusterDomain, port, template = `{{.ID}}-dapr.{{.Namespace}}.svc.${clusterDomain}:{{.Port}}` } = options;
  if (!template.includes('{{.ID}}') || /\{\{|\}\}/.test(template.replaceAll(variable, '')))
    throw nameTemplateInvalid(template);
  return {
    resolve(_call, appId, namespace) {
      const values: Readonly<Record<string, string>> = {
        ID: appId,
        Namespace: namespace || options.namespace || 'default',
        Port: String(port),
      };
      return Promise.resolve(template.replaceAll(variable, (_text, name: string) => values[name] ?? ''));
    },
    forget() {},
    close: () => Promise.resolve(),
  };
}
