import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import { settingsReader } from '#core/component-settings.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import { headerOf } from '#core/message.ts';
import { plainTextResponse } from './plain-text-response.ts';

/** The tolerated difference between the clocks of the issuer and of this machine. */
const toleratedSkewSeconds = 300;
const responseTimeoutMs = 5000;

/**
 * `middleware.http.bearer`: accepts only requests with a token (`Authorization: Bearer …`, a signed JWT) of `issuer` for
 * `audience`. The keys are fetched from `jwksURL`, or from the `jwks_uri` of the issuer's OpenID configuration.
 */
export const bearer: Factory<HttpMiddleware> = async (context) => {
  const { clock, log } = context;
  const read = settingsReader(context);
  const [issuer, audience] = [read.requiredProperty('issuer'), read.requiredProperty('audience')];
  const jwksUrl = read.text('jwksURL') === '' ? await discoverKeysUrl(issuer, clock) : read.httpUrl('jwksURL');
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: responseTimeoutMs });

  const isValid = async (token: string): Promise<boolean> => {
    try {
      await jwtVerify(token, keys, {
        issuer,
        audience: audience.split(',').map((one) => one.trim()),
        clockTolerance: toleratedSkewSeconds,
        currentDate: new Date(clock.now()),
      });
      return true;
    } catch (cause) {
      if (cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError))
        log.error({ error: textOf(cause) }, 'the keys for verifying tokens cannot be fetched');
      else log.debug({ error: textOf(cause) }, 'token rejected');
      return false;
    }
  };

  return {
    head(head) {
      const [, token] = /^bearer +(\S+)$/i.exec(headerOf(head.headers, 'authorization') ?? '') ?? [];
      if (token === undefined) return unauthorized();
      return isValid(token).then((valid) => (valid ? { continueWith: head } : unauthorized()));
    },
    close: () => Promise.resolve(),
  };
};

function unauthorized() {
  return { response: plainTextResponse(401, 'Unauthorized') };
}

/** The `jwks_uri` of the issuer's OpenID configuration. */
async function discoverKeysUrl(issuer: string, clock: ComponentContext['clock']): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  if (!URL.canParse(address)) throw new TypeError(`issuer is not a URL, so jwksURL must be set: ${issuer}`);
  const timeoutError = (): Error => new Error(`${address} did not respond within ${responseTimeoutMs} ms`);
  const read = async (signal: AbortSignal): Promise<unknown> => {
    const response = await fetch(address, { signal });
    if (!response.ok) throw new Error(`${address} responded with status ${response.status}`);
    return await response.json();
  };
  const configuration = await withTimeout(clock, responseTimeoutMs, read, timeoutError);
  const uri =
    typeof configuration === 'object' && configuration !== null && 'jwks_uri' in configuration
      ? configuration.jwks_uri
      : undefined;
  if (typeof uri !== 'string' || !URL.canParse(uri))
    throw new TypeError(`the OpenID configuration at ${address} has no jwks_uri`);
  return uri;
}
