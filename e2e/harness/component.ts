/** A resource document; `type` is such as `state.postgresql/v2`. */
export function component(name: string, type: string, metadata: Readonly<Record<string, string>>): string {
  const [kind, version] = type.split('/');
  return JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: { type: kind, version, metadata: Object.entries(metadata).map(([key, value]) => ({ name: key, value })) },
  });
}
