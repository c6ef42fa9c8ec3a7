import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import { headerOf } from '#core/message.ts';
import { plainTextResponse } from './plain-text-response.ts';

/** Clocks of those who sign and those who check may differ by so much. */
const toleratedSkewSeconds = 300;
const responseTimeoutMs = 5000;

/**
 * `middleware.http.bearer`: lets only requests through that carry a token (`Authorization: Bearer …`, a signed JWT) of
 * `issuer` for `audience`. The keys come from `jwksURL`, or from where the issuer's OpenID configuration says.
 */
export const bearer: Factory<HttpMiddleware> = async (context) => {
  const { metadata, clock, log } = context;
  const issuer = required(metadata, 'issuer');
  const audience = required(metadata, 'audience');
  const keys = await keysOf(context, issuer);

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
        log.error({ error: textOf(cause) }, 'the keys that tokens are checked with cannot be read');
      else log.debug({ error: textOf(cause) }, 'token refused');
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

async function keysOf({ metadata, clock }: ComponentContext, issuer: string): Promise<JWTVerifyGetKey> {
  const configuredUrl = metadata['jwksurl'] ?? '';
  const address = configuredUrl === '' ? await discoverKeysUrl(issuer, clock) : configuredUrl;
  if (!URL.canParse(address)) throw new TypeError(`jwksURL is no address: ${address}`);
  return createRemoteJWKSet(new URL(address), { timeoutDuration: responseTimeoutMs });
}

/** Where the issuer says that its keys are. */
async function discoverKeysUrl(issuer: string, clock: ComponentContext['clock']): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  if (!URL.canParse(address)) throw new TypeError(`issuer is no address, so that jwksURL is needed: ${issuer}`);
  const timeoutError = (): Error => new Error(`${address} did not answer within ${responseTimeoutMs} ms`);
  const read = async (signal: AbortSignal): Promise<unknown> => {
    const response = await fetch(address, { signal });
    if (!response.ok) throw new Error(`${address} answered with ${response.status}`);
    return await response.json();
  };
  const configuration = await withTimeout(clock, responseTimeoutMs, read, timeoutError);
  const uri =
    typeof configuration === 'object' && configuration !== null && 'jwks_uri' in configuration
      ? configuration.jwks_uri
      : undefined;
  if (typeof uri !== 'string') throw new TypeError(`${address} names no jwks_uri`);
  return uri;
}

function required(metadata: ComponentContext['metadata'], name: string): string {
  const value = metadata[name] ?? '';
  if (value === '') throw new TypeError(`metadata property '${name}' is required`);
  return value;
}
