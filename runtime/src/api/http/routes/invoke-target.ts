import type { IncomingHttpHeaders } from 'node:http';

/** The target of an invocation: the app, and the path of its method as the caller wrote it, beginning with `/`. */
export interface InvokeTarget {
  readonly target: string;
  readonly path: string;
  readonly query: string;
}

const canonicalPrefix = /^\/+v1\.0\/+invoke\/+/;

/**
 * Finds the app id in, by order of precedence: the `dapr-app-id` header, Basic credentials of the user `dapr-app-id`,
 * and a path of the form `/v1.0/invoke/{appid}/method/{method}`. In the first two the whole path is the method.
 */
export function findTarget(url: string, headers: IncomingHttpHeaders): InvokeTarget | undefined {
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const query = queryAt < 0 ? '' : url.slice(queryAt + 1);

  const appId = headers['dapr-app-id'] ?? credentialsTarget(headers.authorization);
  if (typeof appId === 'string' && appId !== '') return { target: appId, path: rooted(path), query };

  const prefix = canonicalPrefix.exec(path)?.[0];
  if (prefix === undefined) return undefined;
  const at = path.indexOf('/method/', prefix.length);
  if (at <= prefix.length) return undefined;
  const target = unescaped(path.slice(prefix.length, at).replace(/\/+$/, ''));
  return target === '' ? undefined : { target, path: rooted(path.slice(at + '/method/'.length)), query };
}

/** `http://dapr-app-id:myapp@localhost:3500/path`, as clients send it. */
function credentialsTarget(authorization: string | undefined): string | undefined {
  if (authorization?.startsWith('Basic ') !== true) return undefined;
  const [user, appId, ...more] = Buffer.from(authorization.slice('Basic '.length), 'base64')
    .toString('utf8')
    .split(':');
  return more.length === 0 && user?.toLowerCase() === 'dapr-app-id' ? appId : undefined;
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

/** As in a query: `+` is a space. Invalid escapes are unchanged. */
function unescaped(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
