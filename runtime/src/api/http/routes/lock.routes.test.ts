import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LockBlock, TryLock, Unlock } from '#blocks/lock/lock.ts';
import { lockStoreNotFound } from '#blocks/lock/errors.ts';
import { lockRoutes } from './lock.routes.ts';
import { appWithRoutes } from './routes-app.testing.ts';

function openApi() {
  const received: (TryLock | Unlock)[] = [];
  const block: LockBlock = {
    async tryLock(_call, request) {
      if (request.storeName !== 'locks') throw lockStoreNotFound(request.storeName);
      received.push(request);
      return { success: received.length === 1 };
    },
    async unlock(_call, request) {
      received.push(request);
      return { status: 2 };
    },
  };
  const app = appWithRoutes((scope) => lockRoutes(scope, block));
  const send = (path: string, payload: string) =>
    app.inject({
      method: 'POST',
      url: `/v1.0-alpha1/${path}`,
      headers: { 'content-type': 'application/json' },
      payload,
    });
  return { received, send, [Symbol.asyncDispose]: () => app.close() };
}

test('POST lock: acquired and not acquired are both 200', async () => {
  await using it = openApi();
  const body = '{"resourceId":"file","lockOwner":"ann","expiryInSeconds":60}';
  for (const success of [true, false]) {
    const reply = await it.send('lock/locks', body);
    assert.equal(reply.statusCode, 200);
    assert.deepEqual(reply.json(), { success });
  }
  const [first] = it.received;
  assert.equal(first?.resourceId, 'file');
  assert.equal(first?.storeName, 'locks');
});

test('POST unlock: the status is a number', async () => {
  await using it = openApi();
  const reply = await it.send('unlock/locks', '{"resourceId":"file","lockOwner":"ann"}');
  assert.equal(reply.body, '{"status":2}');
});

test('POST lock: snake case names, numbers as text and unknown fields are accepted', async () => {
  await using it = openApi();
  await it.send(
    'lock/locks',
    '{"resource_id":"file","lock_owner":"ann","expiry_in_seconds":"60","storeName":"x","y":1}',
  );
  const [received] = it.received;
  assert.ok(received && 'expiryInSeconds' in received);
  assert.deepEqual([received.resourceId, received.lockOwner, received.expiryInSeconds], ['file', 'ann', 60]);
  assert.equal(received.storeName, 'locks');
});

for (const body of ['{', '[]', '"x"', '{"resourceId":5}', '{"expiryInSeconds":1.5}', '{"expiryInSeconds":99999999999}'])
  test(`POST lock: the body ${body} is malformed`, async () => {
    await using it = openApi();
    const reply = await it.send('lock/locks', body);
    assert.equal(reply.statusCode, 400);
    assert.equal(reply.json<{ errorCode: string }>().errorCode, 'ERR_MALFORMED_REQUEST');
  });

test('POST lock: an error of the block is returned with its code', async () => {
  await using it = openApi();
  const reply = await it.send('lock/nowhere', '{}');
  assert.equal(reply.statusCode, 400);
  assert.equal(reply.json<{ errorCode: string }>().errorCode, 'ERR_LOCK_STORE_NOT_FOUND');
});
