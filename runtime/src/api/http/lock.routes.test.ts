import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import type { LockBlock, TryLock, Unlock } from '#blocks/lock/lock.ts';
import { lockStoreNotFound } from '#blocks/lock/errors.ts';
import type { Call } from '#core/call.ts';
import { silentLog } from '#core/log.ts';
import { replyWithError } from './error-reply.ts';
import { lockRoutes } from './lock.routes.ts';
import './request-call.ts';

function door() {
  const heard: (TryLock | Unlock)[] = [];
  const block: LockBlock = {
    async tryLock(_call, request) {
      if (request.storeName !== 'locks') throw lockStoreNotFound(request.storeName);
      heard.push(request);
      return { success: heard.length === 1 };
    },
    async unlock(_call, request) {
      heard.push(request);
      return { status: 2 };
    },
  };
  const app = Fastify();
  app.decorateRequest<Call | undefined>('call', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    request.call = { trace: { traceId: '1', spanId: '2', sampled: false }, signal: new AbortController().signal };
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => replyWithError(reply, error, silentLog));
  lockRoutes(app, block);
  const ask = (path: string, payload: string) =>
    app.inject({
      method: 'POST',
      url: `/v1.0-alpha1/${path}`,
      headers: { 'content-type': 'application/json' },
      payload,
    });
  return { heard, ask, [Symbol.asyncDispose]: () => app.close() };
}

test('a lock that is had and one that is not are both 200, and say so', async () => {
  await using it = door();
  const body = '{"resourceId":"file","lockOwner":"ann","expiryInSeconds":60}';
  for (const success of [true, false]) {
    const reply = await it.ask('lock/locks', body);
    assert.equal(reply.statusCode, 200);
    assert.deepEqual(reply.json(), { success });
  }
  const [first] = it.heard;
  assert.equal(first?.resourceId, 'file');
  assert.equal(first?.storeName, 'locks');
});

test('the outcome of a release is a number', async () => {
  await using it = door();
  const reply = await it.ask('unlock/locks', '{"resourceId":"file","lockOwner":"ann"}');
  assert.equal(reply.body, '{"status":2}');
});

test('names in snake case, numbers as text and unknown fields are taken', async () => {
  await using it = door();
  await it.ask(
    'lock/locks',
    '{"resource_id":"file","lock_owner":"ann","expiry_in_seconds":"60","storeName":"x","y":1}',
  );
  const [heard] = it.heard;
  assert.ok(heard && 'expiryInSeconds' in heard);
  assert.deepEqual([heard.resourceId, heard.lockOwner, heard.expiryInSeconds], ['file', 'ann', 60]);
  assert.equal(heard.storeName, 'locks');
});

for (const body of ['{', '[]', '"x"', '{"resourceId":5}', '{"expiryInSeconds":1.5}', '{"expiryInSeconds":99999999999}'])
  test(`the body ${body} is malformed`, async () => {
    await using it = door();
    const reply = await it.ask('lock/locks', body);
    assert.equal(reply.statusCode, 400);
    assert.equal(reply.json<{ errorCode: string }>().errorCode, 'ERR_MALFORMED_REQUEST');
  });

test('what the block refuses is told with its code', async () => {
  await using it = door();
  const reply = await it.ask('lock/nowhere', '{}');
  assert.equal(reply.statusCode, 400);
  assert.equal(reply.json<{ errorCode: string }>().errorCode, 'ERR_LOCK_STORE_NOT_FOUND');
});
