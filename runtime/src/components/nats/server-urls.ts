/** The login in a URL such as `nats://user:password@host:4222`. */
export type UrlLogin =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string };

export interface ServerUrls {
  /** Without logins, so that they can be logged. */
  readonly servers: readonly string[];
  readonly login: UrlLogin | undefined;
}

const form = /^([a-z][a-z0-9+.-]*:\/\/)?(?:(.*)@)?([^@]*)$/is;

/**
 * Parses a comma-separated list. The driver does not read logins from URLs, so they are extracted here. As in the reference's
 * driver, a name without a password is a token. Throws an Error without any part of a login.
 */
export function serverUrls(text: string): ServerUrls {
  const servers: string[] = [];
  let login: UrlLogin | undefined;
  for (const url of text.split(',').map((part) => part.trim())) {
    if (url === '') continue;
    const [, scheme = '', userinfo, rest = ''] = form.exec(url) ?? [];
    servers.push(scheme + rest);
    const urlLogin = userinfo ? parseLogin(userinfo, rest) : undefined;
    if (urlLogin === undefined) continue;
    if (login !== undefined && JSON.stringify(login) !== JSON.stringify(urlLogin))
      throw new Error(`natsURL has another login for ${rest} than for the previous servers: all must have the same`);
    login = urlLogin;
  }
  return { servers, login };
}

function parseLogin(userinfo: string, host: string): UrlLogin {
  const colon = userinfo.indexOf(':');
  const plain = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw new Error(`natsURL has a % in the login for ${host} that does not begin an escape: write it as %25`);
    }
  };
  if (colon === -1) return { kind: 'token', token: plain(userinfo) };
  return { kind: 'password', user: plain(userinfo.slice(0, colon)), password: plain(userinfo.slice(colon + 1)) };
}
