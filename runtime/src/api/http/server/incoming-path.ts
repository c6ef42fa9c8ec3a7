/**
 * The URL for the router: double slashes are collapsed, and `+` in API paths is a space, as Dapr reads path parameters
 * like query parameters. The path of an invocation is unchanged.
 */
export function routedUrl(target: string, isInvocation: boolean): string {
  // absolute form, as for a proxy
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*(?=[/?]|$)/i, '') || '/';
  if (!url.includes('//') && !url.includes('+')) return url;
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  const query = queryAt === -1 ? '' : url.slice(queryAt);
  if (isInvocation || path.startsWith('/v1.0/invoke/')) return collapseSlashes(path) + query;
  return collapseSlashes(path).replaceAll('+', '%20') + query;
}

/** The target of `/v1.0/invoke/https://host/method/x` keeps both slashes. */
function collapseSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/^(\/v1\.0\/invoke\/https?:)\/(?!\/)/, '$1//');
}
