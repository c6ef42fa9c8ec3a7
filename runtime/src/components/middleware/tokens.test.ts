import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { HttpMiddleware, RequestHead } from '#blocks/middleware/http-middleware.ts';
import { seededRandom } from '#core/random.ts';
import type { Factory } from '#core/component.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { bearer } from './bearer.ts';
import { clientCredentials } from './client-credentials.ts';

type Respond = (request: IncomingMessage, body: string) => { readonly status?: number; readonly json: unknown };

async function server(respond: Respond) {
  const requests: { readonly authorization: string | undefined; readonly body: string }[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const part of request as AsyncIterable<Buffer>) body += part.toString();
    requests.push({ authorization: request.headers.authorization, body });
    const { status = 200, json } = respond(request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  };
  const listener = createServer((request, response) => void handle(request, response));
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    listener.closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));
  };
  return { url, requests, [Symbol.asyncDispose]: close };
}

function made(factory: Factory<HttpMiddleware>, metadata: Readonly<Record<string, string>>, clock = fakeClock()) {
  const dependencies = { appId: 'cart', namespace: '', log: silentLog, clock, random: seededRandom() };
  return factory({ ...dependencies, name: 'step', type: 'middleware.http.step', version: 'v1', metadata });
}

function head(headers: readonly string[]): RequestHead {
  return { verb: 'GET', path: '/a', query: '', headers, remoteAddress: '10.0.0.1' };
}

async function statusOf(step: HttpMiddleware, headers: readonly string[]): Promise<number> {
  const result = await step.head(head(headers));
  return 'response' in result ? result.response.status : 0;
}

test('bearer: accepts only tokens of the issuer for the audience', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const stranger = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' };
  await using keys = await server(({ url }): ReturnType<Respond> =>
    url === '/keys' ? { json: { keys: [jwk] } } : { json: { jwks_uri: `${keys.url}/keys` } },
  );
  const clock = fakeClock();
  const signed = (claims: { aud?: string; iss?: string; expSeconds?: number }, key = privateKey): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(claims.iss ?? keys.url)
      .setAudience(claims.aud ?? 'shop')
      .setExpirationTime(Math.floor(clock.now() / 1000) + (claims.expSeconds ?? 60))
      .sign(key);
  const settings: readonly Readonly<Record<string, string>>[] = [
    { issuer: keys.url, audience: 'shop' },
    { issuer: keys.url, audience: 'other,shop', jwksurl: `${keys.url}/keys` },
  ];
  for (const metadata of settings) {
    const step = await made(bearer, metadata, clock);
    const withToken = async (token: string) => await statusOf(step, ['Authorization', `Bearer ${token}`]);
    assert.equal(await withToken(await signed({})), 0);
    assert.equal(await withToken(await signed({ expSeconds: -200 })), 0, 'clocks may differ by five minutes');
    assert.equal(await withToken(await signed({ expSeconds: -400 })), 401);
    assert.equal(await withToken(await signed({ aud: 'bank' })), 401);
    assert.equal(await withToken(await signed({ iss: 'http://elsewhere' })), 401);
    assert.equal(await withToken(await signed({}, stranger.privateKey)), 401);
    assert.equal(await withToken('no.token.atall'), 401);
    assert.equal(await statusOf(step, []), 401);
    assert.equal(await statusOf(step, ['authorization', 'Basic abc']), 401);
  }
});

test('bearer: missing metadata is an error at load', async () => {
  await assert.rejects(async () => await made(bearer, { audience: 'shop' }), /'issuer' is required/);
  await assert.rejects(async () => await made(bearer, { issuer: 'x' }), /'audience' is required/);
  await assert.rejects(async () => await made(bearer, { issuer: 'x', audience: 'y' }), /jwksURL must be set/);
});

test('oauth2clientcredentials: one token is used for all requests until it is about to expire', async () => {
  let count = 0;
  await using tokens = await server(() => ({ json: { access_token: `t${++count}`, expires_in: 100 } }));
  const clock = fakeClock();
  const settings = { clientid: 'me', clientsecret: 'p w', tokenurl: tokens.url, scopes: 'a, b', headername: 'X-Token' };
  const step = await made(clientCredentials, { ...settings, endpointparamsquery: 'resource=shop' }, clock);
  const sent = async (): Promise<readonly string[]> => {
    const result = await step.head(head(['accept', '*/*', 'x-token', 'forged']));
    assert.ok('continueWith' in result);
    return result.continueWith.headers;
  };
  assert.deepEqual(await Promise.all([sent(), sent()]), Array(2).fill(['accept', '*/*', 'X-Token', 'Bearer t1']));
  await clock.tick(89_000);
  assert.equal((await sent()).at(-1), 'Bearer t1');
  await clock.tick(2_000);
  assert.equal((await sent()).at(-1), 'Bearer t2');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(tokens.requests[0]?.body)), {
    resource: 'shop',
    grant_type: 'client_credentials',
    scope: 'a b',
  });
  assert.equal(tokens.requests[0]?.authorization, `Basic ${Buffer.from('me:p%20w').toString('base64')}`);
});

test('oauth2clientcredentials: tries the form after a rejected header, and responds 500 without a token', async () => {
  await using tokens = await server((_request, body) =>
    body.includes('client_secret=s') ? { json: { access_token: 'x' } } : { status: 401, json: {} },
  );
  const settings = { clientid: 'me', tokenurl: tokens.url };
  const lucky = await made(clientCredentials, { ...settings, clientsecret: 's' });
  assert.equal(await statusOf(lucky, []), 0);
  const rejected = await made(clientCredentials, { ...settings, clientsecret: 'wrong' });
  assert.equal(await statusOf(rejected, []), 500);
});
