import assert from 'node:assert/strict';
import type { DeliveryOutcome } from '#blocks/pubsub/delivery-outcome.ts';
import { describe, test } from 'node:test';
import type { Log } from '#core/log.ts';
import { jetstreamBroker } from './broker.ts';
import { kvStateStore } from './kv-state-store.ts';
import { natsNames } from './name-service.ts';
import { serverUrls } from './server-urls.ts';
import { contextFor } from './testing.ts';
import { testServer } from './test-server.ts';

const binary = process.env.TEST_NATS_SERVER ?? '';
const skip = binary ? false : 'TEST_NATS_SERVER (path of a nats-server) is not set';
const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};
const user = 'tide water';
const pass = 'p@ss:w/rd,9%';
const inUrl = `${encodeURIComponent(user)}:${encodeURIComponent(pass)}@`;

test('natsURL: extracts and decodes the login of each URL', () => {
  assert.deepEqual(serverUrls(`nats://${inUrl}a:4222, nats://b:4223`), {
    servers: ['nats://a:4222', 'nats://b:4223'],
    login: { kind: 'password', user, password: pass },
  });
  assert.deepEqual(serverUrls('nats://u:1234@a:4222,u:1234@[::1]:4222').servers, ['nats://a:4222', '[::1]:4222']);
  assert.deepEqual(serverUrls('tls://s3cret@a').login, { kind: 'token', token: 's3cret' });
  assert.deepEqual(serverUrls('nats://u:a@b@host:1').login, { kind: 'password', user: 'u', password: 'a@b' });
  assert.deepEqual(serverUrls('127.0.0.1:4222'), { servers: ['127.0.0.1:4222'], login: undefined });
});

test('natsURL: an error has the server and no part of the login', () => {
  const rejects = (text: string, message: RegExp): void => {
    assert.throws(
      () => serverUrls(text),
      (error: Error) => message.test(error.message) && !/secret/.test(error.message),
    );
  };
  rejects('nats://u:secret%zz@a:4222', /login for a:4222.*%25/);
  rejects('nats://u:secret@a,nats://v:secret@b', /another login for b/);
});

describe('natsURL with a login', { skip, timeout: 60_000 }, () => {
  test('natsURL: pub/sub, state and names log in, with a list of servers and after a reconnect', async () => {
    await using server = await testServer(binary, { user, pass });
    const address = server.url.slice('nats://'.length);
    const natsurl = `nats://${inUrl}127.0.0.1:1,nats://${inUrl}${address}`;
    await using open = new AsyncDisposableStack();
    const broker = await jetstreamBroker(contextFor({ natsurl }));
    open.defer(() => broker.close());
    // An acknowledgement may be lost with the server, so an event may come twice.
    const received = new Set<string>();
    const handler = ({ data }: { readonly data: Uint8Array }): Promise<DeliveryOutcome> => {
      received.add(Buffer.from(data).toString());
      return Promise.resolve('success');
    };
    await broker.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, handler);
    const publish = (id: string): Promise<void> =>
      broker.publish(call, { id, topic: 't', data: Buffer.from(id), contentType: 'text/plain', metadata: {} });
    await publish('one');
    await server.kill();
    await server.start();
    await publish('two');
    const store = await kvStateStore(contextFor({ natsurl, bucket: 'b' }));
    open.defer(() => store.close());
    const names = await natsNames(contextFor({ natsurl }));
    open.defer(() => names.close());
    for (let i = 0; i < 100 && received.size < 2; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([...received].sort(), ['one', 'two']);
  });

  test('natsURL: a wrong password is rejected at once, and is in no error and no log line', async () => {
    await using server = await testServer(binary, { user, pass });
    const address = server.url.slice('nats://'.length);
    const lines: string[] = [];
    const line = (fields: object, message: string): void => void lines.push(JSON.stringify(fields) + message);
    const log: Log = { debug: line, info: line, warn: line, error: line, scoped: () => log };
    await assert.rejects(
      jetstreamBroker(contextFor({ natsurl: `nats://u:hush-hush@${address}` }, log)),
      (error: Error) => {
        assert.match(error.message, /no NATS connection to nats:\/\/127\.0\.0\.1:\d+: .*check the login/);
        lines.push(error.message, String((error.cause as Error).stack));
        return true;
      },
    );
    assert.doesNotMatch(lines.join('\n'), /hush-hush/);
  });
});
