/**
 * The URL as the router should see it: double slashes are one, and `+` in API paths is a space, as the wire reads path
 * parameters like query parameters. What is invoked on an app keeps its path to the letter.
 */
export function routedUrl(target: string, isInvocation: boolean): string {
  // as clients write it for a proxy
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*(?=[/?]|$)/i, '') || '/';
  if (!url.includes('//') && !url.includes('+')) return url;
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  const query = queryAt === -1 ? '' : url.slice(queryAt);
  if (isInvocation || path.startsWith('/v1.0/invoke/')) return collapseSlashes(path) + query;
  return collapseSlashes(path).replaceAll('+', '%20') + query;
}

/** The target of `/v1.0/invoke/https://host/method/x` keeps its two slashes. */
function collapseSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/^(\/v1\.0\/invoke\/https?:)\/(?!\/)/, '$1//');
}
