import { anyVerb, httpSurface, extensionRoutes } from '#api/surface.ts';

/** The operation of an API path without a route. */
export const unknownOperation = 'UnknownOperation';

/** The operation of an API request where its URL must not be logged, such as `GetState/orders`. */
export function operationName(verb: string, path: string): string {
  const invoked = /^\/v1\.0\/invoke\/([^/]*)/.exec(path);
  if (invoked) return `InvokeService/${invoked[1] ?? ''}`;
  for (const { verbs, pattern, operation } of operations) {
    if (!verbs.includes(verb)) continue;
    const parameterValues = pattern.exec(path)?.groups;
    if (parameterValues)
      return operation.replace(/:(\w+)|\*/g, (_, name: string | undefined) => parameterValues[name ?? 'rest'] ?? '');
  }
  // outside the API's paths the header `dapr-app-id` makes any path an invocation
  return path.startsWith('/v1.0') ? unknownOperation : 'InvokeService';
}

/** The more specific route comes first: `secrets/:store/:key` would match `secrets/:store/bulk` too. */
const operations = [...httpSurface, ...extensionRoutes]
  .filter(({ verbs }) => verbs !== anyVerb)
  .map((route) => ({ ...route, pattern: patternOf(route.path) }))
  .toSorted((a, b) => parameters(a.path) - parameters(b.path) || b.path.length - a.path.length);

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll('.', String.raw`\.`);
  const segments = escaped.replace(/:(\w+)/g, '(?<$1>[^/]+)').replace('*', '(?<rest>.+)');
  return new RegExp(`^(?<whole>${segments})$`);
}

function parameters(path: string): number {
  return path.match(/:\w+|\*/g)?.length ?? 0;
}
