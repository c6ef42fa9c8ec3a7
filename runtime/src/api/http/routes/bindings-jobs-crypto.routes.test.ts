import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { bindingsBlock } from '#blocks/bindings/bindings.ts';
import type { OutputBinding } from '#blocks/bindings/binding.ts';
import { cryptoBlock } from '#blocks/crypto/crypto.ts';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import { jobFixture } from '#blocks/jobs/job-fixture.testing.ts';
import { memoryJobStore } from '#components/memory/job-store.ts';
import { silentRecorder } from '#core/activity.ts';
import { seededRandom } from '#core/random.ts';
import { systemClock } from '#host/process/clock.ts';
import { bindingsRoutes } from './bindings.routes.ts';
import { cryptoRoutes } from './crypto.routes.ts';
import { jobsRoutes } from './jobs.routes.ts';
import { appWithRoutes, testCall } from './routes-app.testing.ts';

test('POST bindings: response metadata is in headers, for errors too', async () => {
  const port: OutputBinding = {
    operations: ['get'],
    invoke: (_call, { metadata }) =>
      metadata['nothing']
        ? Promise.resolve(undefined)
        : Promise.resolve({
            data: Buffer.from('x'),
            metadata: { statusCode: '418', 'bad name': 'y', odd: 'a\nb' },
            ...(metadata['fail'] ? { rejection: 'it is a teapot' } : {}),
          }),
    close: () => Promise.resolve(),
  };
  const bindings = new Map([['web', { name: 'web', type: 'bindings.http', version: 'v1', metadata: {}, port }]]);
  await using app = appWithRoutes(bindingsRoutes(bindingsBlock({ bindings, recorder: silentRecorder })));
  const send = (metadata = {}) =>
    app.inject({ method: 'POST', url: '/v1.0/bindings/web', payload: JSON.stringify({ operation: 'get', metadata }) });
  const good = await send();
  assert.deepEqual([good.statusCode, good.body, good.headers['metadata.statuscode']], [200, 'x', '418']);
  assert.equal(good.headers['metadata.odd'], 'a b');
  const rejected = await send({ fail: 'y' });
  assert.deepEqual([rejected.statusCode, rejected.headers['metadata.statuscode']], [500, '418']);
  assert.equal(rejected.json<{ errorCode: string }>().errorCode, 'ERR_INVOKE_OUTPUT_BINDING');
  assert.equal((await send({ nothing: 'y' })).statusCode, 204);
});

test('jobs routes: schedule, get with data as JSON, delete; an invalid job is a bad request', async () => {
  const { jobs } = jobFixture(memoryJobStore);
  await using app = appWithRoutes(jobsRoutes(jobs));
  const send = (method: 'GET' | 'POST' | 'DELETE', name: string, body?: unknown, version = 'v1.0') =>
    app.inject({
      method,
      url: `/${version}/jobs/${name}`,
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const body = { schedule: '@every 1h', repeats: 3, data: { b: [1, 'two'] }, failure_policy: { drop: {} }, other: 1 };
  assert.equal((await send('POST', 'a', body)).statusCode, 204);
  assert.deepEqual((await send('GET', 'a', undefined, 'v1.0-alpha1')).json(), {
    name: 'a',
    schedule: '@every 1h',
    repeats: 3,
    data: { '@type': 'type.googleapis.com/google.protobuf.Value', value: { b: [1, 'two'] } },
    failurePolicy: { drop: {} },
  });
  assert.equal((await send('POST', 'a', { dueTime: '1h' })).statusCode, 409);
  assert.equal((await send('POST', 'a', { dueTime: '1h', overwrite: true })).statusCode, 204);
  assert.deepEqual((await send('GET', 'a')).json(), {
    name: 'a',
    dueTime: '1h',
    failurePolicy: { constant: { interval: '1s', maxRetries: 3 } },
  });
  assert.equal((await send('DELETE', 'a')).statusCode, 204);
  assert.equal((await send('GET', 'a')).statusCode, 500);
  for (const bad of [
    '{',
    '[]',
    '5',
    { schedule: 5 },
    { dueTime: '1h', overwrite: 'x' },
    { dueTime: '1h', repeats: -1 },
  ])
    assert.equal((await send('POST', 'a', bad)).json<{ errorCode: string }>().errorCode, 'ERR_MALFORMED_REQUEST');
  const named = (await send('POST', 'a', { name: 'b', dueTime: '1h' })).json<{
    errorCode: string;
    details: unknown[];
  }>();
  assert.deepEqual([named.errorCode, named.details.length], ['DAPR_SCHEDULER_JOB_NAME', 1]);
});

test('GET jobs: data of an unknown type is returned as bytes', async () => {
  const { jobs } = jobFixture(memoryJobStore);
  const data = { typeUrl: 'type.googleapis.com/shop.Order', value: Buffer.from([1, 2]) };
  await jobs.schedule(testCall, { job: { name: 'a', dueTime: '1h', data }, overwrite: false });
  await using app = appWithRoutes(jobsRoutes(jobs));
  const { data: shown } = (await app.inject({ method: 'GET', url: '/v1.0/jobs/a' })).json<{ data: unknown }>();
  assert.deepEqual(shown, { '@type': 'type.googleapis.com/shop.Order', value: 'AQI=' });
});

/** Wraps by inverting every bit, which shows whether a key was wrapped. */
const vault: KeyVault = {
  wrap: (_call, _name, _algorithm, key) => Promise.resolve(Uint8Array.from(key, (byte) => byte ^ 0xff)),
  unwrap: (_call, _name, _algorithm, wrapped) => Promise.resolve(Uint8Array.from(wrapped, (byte) => byte ^ 0xff)),
  close: () => Promise.resolve(),
};

async function openCrypto(maxBodyBytes: number) {
  const vaults = new Map([['v', { name: 'v', type: 'crypto', version: 'v1', metadata: {}, port: vault }]]);
  const block = cryptoBlock({ vaults, recorder: silentRecorder, random: seededRandom() });
  const app = appWithRoutes(cryptoRoutes(block, { maxBodyBytes, clock: systemClock() }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  /** Sends everything before it reads, as simple clients do. */
  const put = async (path: string, body: Buffer, headers = {}) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method: 'PUT',
      path: `/v1.0-alpha1/crypto/${path}`,
      headers,
    });
    const responded = once(request, 'response');
    for (let at = 0; at < body.length; at += 50_000) request.write(body.subarray(at, at + 50_000));
    await new Promise<void>((resolve) => request.end(resolve));
    const [response] = (await responded) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    return { status: response.statusCode, type: response.headers['content-type'], body: Buffer.concat(parts) };
  };
  const close = async (): Promise<void> => {
    app.server.closeAllConnections();
    await app.close();
  };
  return { put, [Symbol.asyncDispose]: close };
}

const key = { 'dapr-key-name': 'k', 'dapr-key-wrap-algorithm': 'AES' };

test('PUT crypto: bodies are streamed, also for a client that reads only after sending', async () => {
  await using it = await openCrypto(32 << 20);
  const plain = Buffer.alloc(5_000_001, 'abc');
  const secret = await it.put('v/encrypt', plain, key);
  assert.deepEqual([secret.status, secret.type], [200, 'application/octet-stream']);
  assert.equal(secret.body.subarray(0, 15).toString(), 'dapr.io/enc/v1\n');
  const opened = await it.put('v/decrypt', secret.body);
  assert.ok(opened.body.equals(plain));
  assert.equal((await it.put('v/decrypt', (await it.put('v/encrypt', Buffer.alloc(0), key)).body)).body.length, 0);
});

test('PUT crypto: an early error is a status, a late one breaks the response', async () => {
  await using it = await openCrypto(1 << 20);
  const code = async (path: string, body: Buffer, headers = {}) => {
    const { status, body: responseBody } = await it.put(path, body, headers);
    return [status, (JSON.parse(responseBody.toString()) as { errorCode: string }).errorCode];
  };
  const some = Buffer.from('x');
  assert.deepEqual(await code('none/encrypt', some), [400, 'ERR_CRYPTO_PROVIDER_NOT_FOUND']);
  assert.deepEqual(await code('v/encrypt', some), [400, 'ERR_BAD_REQUEST']);
  assert.deepEqual(await code('v/encrypt', some, { ...key, 'dapr-key-wrap-algorithm': 'X' }), [500, 'ERR_CRYPTO']);
  assert.deepEqual(await code('v/decrypt', some), [500, 'ERR_CRYPTO']);
  // more than the buffers between both hold: the unread body must be drained, or the connection blocks
  assert.deepEqual(await code('v/decrypt', Buffer.alloc(900_000)), [500, 'ERR_CRYPTO']);
  assert.deepEqual(await code('v/encrypt', Buffer.alloc(900_000)), [400, 'ERR_BAD_REQUEST']);
  const { body: secret } = await it.put('v/encrypt', Buffer.alloc(200_000), key);
  const forged = Buffer.from(secret);
  forged.write('A', 120);
  assert.deepEqual(await code('v/decrypt', forged), [500, 'ERR_CRYPTO']);
  const early = Buffer.from(secret);
  early.writeUInt8((early[200] ?? 0) ^ 1, 200);
  assert.deepEqual(await code('v/decrypt', early), [500, 'ERROR']);
  const late = Buffer.from(secret);
  late.writeUInt8((late.at(-1) ?? 0) ^ 1, late.length - 1);
  await assert.rejects(it.put('v/decrypt', late), /aborted|hang up|ECONNRESET/);
});
