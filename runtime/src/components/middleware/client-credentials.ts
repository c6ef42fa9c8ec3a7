import type { HttpMiddleware, RequestHead } from '#blocks/middleware/http-middleware.ts';
import { settingsReader } from '#core/component-settings.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import type { Headers } from '#core/message.ts';
import { plainTextResponse } from './plain-text-response.ts';

interface Token {
  /** With its scheme: `Bearer abc`. */
  readonly value: string;
  /** On the monotonic clock. */
  readonly validUntil: number;
}

const responseTimeoutMs = 10_000;
/** A token is renewed before it expires, so that it is still valid when the receiver checks it. */
const renewBeforeExpiryMs = 10_000;
const defaultLifetimeSeconds = 3600;

/**
 * `middleware.http.oauth2clientcredentials`: fetches a token for the app (`tokenURL`, `clientID`, `clientSecret`,
 * `scopes`) and adds it to each request as `headerName`. One token is used until it is about to expire.
 */
export const clientCredentials: Factory<HttpMiddleware> = (context) => {
  const { clock, log } = context;
  const settings = settingsOf(context);
  let token: Token | undefined;
  let fetching: Promise<Token> | undefined;

  const fetchToken = async (): Promise<Token> => {
    const timeoutError = (): Error => new Error(`${settings.tokenUrl} did not respond within ${responseTimeoutMs} ms`);
    const { value, lifetimeSeconds } = await withTimeout(
      clock,
      responseTimeoutMs,
      (signal) => requestToken(settings, signal),
      timeoutError,
    );
    return (token = { value, validUntil: clock.monotonic() + lifetimeSeconds * 1000 - renewBeforeExpiryMs });
  };

  const withToken = (head: RequestHead, { value }: Token) => ({
    continueWith: { ...head, headers: withHeader(head.headers, settings.headerName, value) },
  });

  return Promise.resolve({
    head(head) {
      if (token && clock.monotonic() < token.validUntil) return withToken(head, token);
      fetching ??= fetchToken().finally(() => (fetching = undefined));
      return fetching.then(
        (fresh) => withToken(head, fresh),
        (cause: unknown) => {
          log.error({ error: textOf(cause) }, 'no access token for the request');
          return { response: plainTextResponse(500, 'Internal Server Error') };
        },
      );
    },
    close: () => Promise.resolve(),
  });
};

interface Settings {
  readonly tokenUrl: string;
  readonly headerName: string;
  readonly form: URLSearchParams;
  readonly id: string;
  readonly secret: string;
  /** Where the credentials are sent; with `authStyle` 0 the form is tried when the header is rejected. */
  readonly credentialsIn: readonly ('header' | 'form')[];
}

function settingsOf(context: ComponentContext): Settings {
  const read = settingsReader(context);
  const [id, secret] = [read.requiredProperty('clientID'), read.requiredProperty('clientSecret')];
  const tokenUrl = read.requiredProperty('tokenURL');
  const form = new URLSearchParams(read.text('endpointParamsQuery'));
  form.set('grant_type', 'client_credentials');
  const scopes = read
    .text('scopes')
    .split(',')
    .map((scope) => scope.trim());
  if (scopes.some((scope) => scope !== '')) form.set('scope', scopes.filter(Boolean).join(' '));
  return {
    tokenUrl: read.httpUrl('tokenURL', tokenUrl),
    form,
    headerName: read.text('headerName', 'authorization'),
    id,
    secret,
    credentialsIn: credentialLocations[read.oneOf('authStyle', ['0', '1', '2'], '0')],
  };
}

const credentialLocations = { 0: ['header', 'form'], 1: ['form'], 2: ['header'] } as const;

async function requestToken(
  settings: Settings,
  signal: AbortSignal,
): Promise<{ readonly value: string; readonly lifetimeSeconds: number }> {
  const { tokenUrl, credentialsIn } = settings;
  let response: Response | undefined;
  for (const location of credentialsIn) {
    response = await fetch(tokenUrl, { method: 'POST', ...login(settings, location), signal });
    if (response.ok) break;
    await response.body?.cancel();
  }
  if (!response?.ok) throw new Error(`${tokenUrl} responded with status ${response?.status}`);
  const body = (await response.json()) as Readonly<Record<string, unknown>>;
  const { access_token: text, token_type: kind, expires_in: lifetime } = body;
  if (typeof text !== 'string' || text === '') throw new Error(`the response of ${tokenUrl} has no access_token`);
  const seconds = Number(lifetime);
  return {
    value: `${typeof kind === 'string' && !/^bearer$/i.test(kind) ? kind : 'Bearer'} ${text}`,
    lifetimeSeconds: seconds > 0 ? seconds : defaultLifetimeSeconds,
  };
}

function login(
  { form, id, secret }: Settings,
  location: 'header' | 'form',
): { headers: Record<string, string>; body: URLSearchParams } {
  const body = new URLSearchParams(form);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (location === 'form') {
    body.set('client_id', id);
    body.set('client_secret', secret);
  } else {
    const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  return { headers, body };
}

/** Replaces a header of this name that the caller sent. */
function withHeader(headers: Headers, name: string, value: string): Headers {
  const others: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2)
    if (headers[i]?.toLowerCase() !== name.toLowerCase()) others.push(headers[i] ?? '', headers[i + 1] ?? '');
  return [...others, name, value];
}
