import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { type Message, headerOf, isBytes, noBody } from '#core/message.ts';
import { httpActorApp, readAppConfig } from './actor-app.ts';

const call: Call = {
  trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true },
  signal: new AbortController().signal,
};
const actor = { type: 'order', id: 'a b/1' };

/** An app that records its requests and always returns the same response. */
function app(status: number, body = '', headers: readonly string[] = []): { channel: AppChannel; requests: Message[] } {
  const requests: Message[] = [];
  const channel: AppChannel = {
    protocol: 'http',
    request: async (_call, message) => {
      requests.push(message);
      return { status, headers, body: Buffer.from(body) };
    },
    close: async () => {},
  };
  return { channel, requests };
}

function textOf(message: Message | undefined): string {
  return message && isBytes(message.body) ? Buffer.from(message.body).toString('utf8') : '';
}

test('actor method: PUT with the id escaped, and any response is passed on', async () => {
  const { channel, requests } = app(500, 'no');
  const request = { headers: ['x-colour', 'red'], body: Buffer.from('{}') };
  const reply = await httpActorApp(channel).method(call, actor, 'submit', request);
  assert.equal(`${requests[0]?.verb} ${requests[0]?.path}`, 'PUT /actors/order/a%20b%2F1/method/submit');
  assert.equal(headerOf(requests[0]?.headers ?? [], 'x-colour'), 'red');
  assert.equal(reply.status, 500);
  await httpActorApp(channel).method(call, actor, 'a b/c', { ...request, query: 'page=2&q=a%2Fb' });
  assert.equal(requests[1]?.query, 'page=2&q=a%2Fb');
  assert.equal(requests[1]?.path, '/actors/order/a%20b%2F1/method/a%20b/c');
});

test('actor reminder and timer: requests match the wire format, data unchanged', async () => {
  const { channel, requests } = app(200);
  const actors = httpActorApp(channel);
  const big = '{"n":12345678901234567890}';
  await actors.reminder(call, actor, 'wake', { data: big, dueTime: '1s', period: '2s', turn: 'x.1' });
  await actors.timer(call, actor, 'tick', { callback: 'cb', dueTime: '', period: '' });
  assert.equal(requests[0]?.path, '/actors/order/a%20b%2F1/method/remind/wake');
  assert.equal(textOf(requests[0]), `{"data":${big},"dueTime":"","period":""}`);
  assert.equal(headerOf(requests[0]?.headers ?? [], 'x-outrigger-turn'), 'x.1');
  assert.equal(requests[1]?.path, '/actors/order/a%20b%2F1/method/timer/tick');
  assert.equal(textOf(requests[1]), '{"callback":"cb","dueTime":"","period":""}');
  await actors.reminder(call, actor, 'bare', { dueTime: '1s', period: '' });
  assert.equal(textOf(requests[2]), '{"dueTime":"","period":""}');
});

test('actor reminder: the app cancels it with a header', async () => {
  const { channel } = app(200, '', ['X-DaprReminderCancel', 'true']);
  const fired = await httpActorApp(channel).reminder(call, actor, 'wake', { dueTime: '', period: '' });
  assert.deepEqual(fired, { cancel: true });
});

test('actor callback: succeeds only with status 200', async () => {
  const { channel } = app(204);
  const actors = httpActorApp(channel);
  await assert.rejects(
    actors.reminder(call, actor, 'wake', { dueTime: '', period: '' }),
    /error from actor service: \(204\)/,
  );
  await assert.rejects(actors.deactivate(call, actor), /\(204\)/);
});

test('actor deactivation: DELETE of the actor', async () => {
  const { channel, requests } = app(200);
  await httpActorApp(channel).deactivate(call, actor);
  assert.equal(`${requests[0]?.verb} ${requests[0]?.path}`, 'DELETE /actors/order/a%20b%2F1');
  assert.equal(requests[0]?.body, noBody);
});

test('GET /dapr/config: only status 200 reports hosted actors', async () => {
  const { channel, requests } = app(200, '{"entities":["order"],"actorIdleTimeout":"1m"}');
  const config = await readAppConfig(call, channel, 'shop');
  assert.equal(config.types.get('order')?.idleTimeoutMs, 60_000);
  assert.equal(headerOf(requests[0]?.headers ?? [], 'dapr-app-id'), 'shop');
  assert.equal((await readAppConfig(call, app(404, '{"entities":["order"]}').channel, 'shop')).types.size, 0);
});

test('GET /dapr/config: member names are case-insensitive', async () => {
  const body = '{"Entities":["order"],"actoridletimeout":"1m","Reentrancy":{"Enabled":true,"MAXSTACKDEPTH":5}}';
  const config = await readAppConfig(call, app(200, body).channel, 'shop');
  const { idleTimeoutMs, maxStackDepth } = config.types.get('order') ?? assert.fail();
  assert.deepEqual([idleTimeoutMs, maxStackDepth], [60_000, 5]);
});

test('GET /dapr/config: a response that is not JSON hosts nothing and logs a warning', async () => {
  const config = await readAppConfig(call, app(200, '<html>').channel, 'shop');
  assert.equal(config.types.size, 0);
  assert.match(config.warnings.join(), /cannot be read: invalid character '<'/);
});
