import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AppChannel, appUnavailable } from '#core/app-channel.ts';
import { RuntimeError } from '#core/errors.ts';
import { settle } from '#core/fake-clock.ts';
import { type Message, type Reply, headerOf } from '#core/message.ts';
import { type Policy, noNotes } from '#core/policy.ts';
import { peerUnavailable } from './errors.ts';
import type { PeerRequest } from './peers.ts';
import { call, message, invokeFixture, wire } from './invoke-fixture.testing.ts';

test('invoke: a call to another app carries caller, callee and forwarding headers', async () => {
  const { invoke, sent } = invokeFixture();
  await invoke.invoke(call, 'other', message('/pay/', ['dapr-caller-app-id', 'spoofed', 'x-mine', '1', 'host', 'h']));
  const [only] = sent;
  assert.equal(only?.address, 'other:1');
  assert.deepEqual([only?.request.purpose, only?.request.appId], ['invoke', 'other']);
  const { path, query, verb, headers } = only?.request.message ?? message('');
  assert.deepEqual([verb, path, query], ['POST', '/pay', 'a=1&b=%20']);
  const stamps = 'dapr-caller-app-id=me dapr-caller-namespace=shop dapr-callee-app-id=other';
  const way = 'x-forwarded-for=10.0.0.7 x-forwarded-host=box';
  const expected = `x-mine=1 ${stamps} ${way}`.split(' ').flatMap((pair) => pair.split('='));
  assert.deepEqual(headers, [...expected, 'forwarded', 'for=10.0.0.7;by=10.0.0.7;host=box']);
});

test('dapr-caller-namespace: a sidecar without a namespace is of the default one', async () => {
  const { invoke, sent } = invokeFixture({ namespace: '' });
  await invoke.invoke(call, 'other', message('/pay'));
  assert.equal(headerOf(sent[0]?.request.message.headers ?? [], 'dapr-caller-namespace'), 'default');
});

for (const target of ['me', 'me.shop']) {
  test(`invoke: a call to the own app as ${target} goes straight to it, with the same headers`, async () => {
    const { invoke, sent, appRequests } = invokeFixture();
    await invoke.invoke(call, target, message('/x', ['dapr-callee-app-id', 'spoofed']));
    assert.equal(sent.length, 0);
    assert.equal(headerOf(appRequests[0]?.headers ?? [], 'dapr-caller-app-id'), 'me');
    assert.equal(headerOf(appRequests[0]?.headers ?? [], 'dapr-callee-app-id'), 'me');
    assert.equal(headerOf(appRequests[0]?.headers ?? [], 'x-forwarded-for'), undefined);
  });
}

test('invoke: a call to the own app without an app has its own error', async () => {
  const text = 'failed to invoke, id: me, err: cannot invoke local endpoint: app channel not initialized';
  const { invoke } = invokeFixture({ app: () => undefined });
  await assert.rejects(invoke.invoke(call, 'me', message('/x')), wire('ERR_DIRECT_INVOKE', 500, text));
});

test('invoke: the own app id in another namespace is another app', async () => {
  const { invoke, sent, appRequests } = invokeFixture();
  await invoke.invoke(call, 'me.elsewhere', message('/x'));
  assert.deepEqual([sent[0]?.address, appRequests.length], ['me@elsewhere:1', 0]);
});

test('invoke: any response of the app is the reply, whatever the status', async () => {
  const reply: Reply = { status: 503, headers: ['x-a', 'b'], body: Buffer.from('busy') };
  const { invoke } = invokeFixture({ respond: () => Promise.resolve(reply) });
  assert.equal(await invoke.invoke(call, 'other', message('/x')), reply);
});

for (const [target, text] of [
  ['', 'app id is empty'],
  ['a.b.c', 'invalid app id a.b.c'],
  ['a.', 'invalid app id a.'],
] as const) {
  test(`invoke: target ${JSON.stringify(target)} is rejected`, async () => {
    const { invoke } = invokeFixture();
    const expectedText = `failed to invoke, id: ${target}, err: ${text}`;
    await assert.rejects(invoke.invoke(call, target, message('/x')), wire('ERR_DIRECT_INVOKE', 500, expectedText));
  });
}

test('invoke: a method with a forbidden character is rejected before any call', async () => {
  const { invoke, sent } = invokeFixture();
  await assert.rejects(
    invoke.invoke(call, 'other', message('/a%23b')),
    /code = InvalidArgument desc = invalid method: method contains forbidden character: "a#b"/,
  );
  assert.equal(sent.length, 0);
});

test('invoke: an unknown app is resolved repeatedly before the call fails', async () => {
  const { invoke, clock } = invokeFixture();
  const failing = invoke.invoke(call, 'nobody', message('/x'));
  const text = "failed to invoke, id: nobody, err: couldn't find service: nobody";
  const expectation = assert.rejects(failing, wire('ERR_DIRECT_INVOKE', 500, text));
  await clock.tick(900);
  await expectation;
});

test('invoke: the address of an unresponsive sidecar is forgotten, and the error counts the retries', async () => {
  const twice: Policy = async (inner, _name, operation) => {
    await operation(inner, 1, noNotes).catch(() => undefined);
    return operation(inner, 2, noNotes);
  };
  const { invoke, forgotten } = invokeFixture({
    retriesFor: () => twice,
    respond: () => Promise.reject(peerUnavailable('other:1', 'connect ECONNREFUSED')),
  });
  const text =
    'failed to invoke, id: other, err: failed to invoke target other after 1 retries. Error: rpc error: ' +
    'code = Unavailable desc = the sidecar at other:1 does not respond: connect ECONNREFUSED';
  await assert.rejects(invoke.invoke(call, 'other', message('/x')), wire('ERR_DIRECT_INVOKE', 500, text));
  assert.deepEqual(forgotten, ['other:1', 'other:1']);
});

test('invoke: a body of unknown length is sent once, outside of any policy', async () => {
  const { invoke, sent } = invokeFixture({
    retriesFor: () => () => assert.fail('a stream cannot be sent twice'),
    respond: () => Promise.reject(peerUnavailable('other:1', 'stopped')),
  });
  async function* body(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('piece'));
  }
  await assert.rejects(invoke.invoke(call, 'other', message('/x', [], body())), /after 0 retries/);
  assert.equal(sent.length, 1);
});

test("invoke: a denial by the callee's rules is 403", async () => {
  const denied = new RuntimeError({ code: 'X', http: 403, grpc: 'PermissionDenied' }, { message: 'no' });
  const { invoke } = invokeFixture({ respond: () => Promise.reject(denied) });
  const text = 'failed to invoke, id: other, err: rpc error: code = PermissionDenied desc = no';
  await assert.rejects(invoke.invoke(call, 'other', message('/x')), wire('ERR_DIRECT_INVOKE', 403, text));
});

test('invoke: a caller that aborted gets its own reason', async () => {
  const caller = new AbortController();
  const reason = new Error('the caller left');
  const { invoke } = invokeFixture({
    respond: async () => {
      caller.abort(reason);
      await settle(1);
      throw new Error('aborted');
    },
  });
  await assert.rejects(invoke.invoke({ ...call, signal: caller.signal }, 'other', message('/x')), reason);
});

test("invoke: a URL target goes to the external server with the base path and without Dapr's headers", async () => {
  const appRequests: [origin: string, message: Message][] = [];
  const { invoke } = invokeFixture({
    external: (origin) => ({
      protocol: 'https',
      request: (_call, sentMessage) => {
        appRequests.push([origin, sentMessage]);
        return Promise.resolve({ status: 200, headers: [], body: Buffer.alloc(0) });
      },
      close: () => Promise.resolve(),
    }),
  });
  await invoke.invoke(call, 'https://api.example.com:8443/v2/', message('/rates', ['x-a', 'b']));
  const [origin, { path, headers } = message('')] = appRequests[0] ?? [];
  assert.deepEqual([origin, path, headers], ['https://api.example.com:8443', '/v2/rates', ['x-a', 'b']]);
});

const incoming = (appId: string, path = '/x'): PeerRequest => ({ purpose: 'invoke', appId, message: message(path) });

test('receive: a call for another app is rejected as unavailable, so that its sender resolves again', async () => {
  const { invoke } = invokeFixture();
  await assert.rejects(invoke.receive(call, incoming('other')), (cause) => {
    return cause instanceof RuntimeError && cause.kind.grpc === 'Unavailable';
  });
});

test("receive: dot segments are also removed on the callee's side", async () => {
  const { invoke, appRequests } = invokeFixture();
  await invoke.receive(call, incoming('me', '/a/../b'));
  assert.equal(appRequests[0]?.path, '/b');
});

test("invoke: a method is decoded by the caller's sidecar, and is a path only for an HTTP app", async () => {
  const { invoke, sent } = invokeFixture();
  for (const path of ['/100%25', '/a%252Fb', '/a%20%22b%22']) await invoke.invoke(call, 'other', message(path));
  const methods = sent.map(({ request }) => request.message.path);
  assert.deepEqual(methods, ['/100%', '/a%2Fb', '/a "b"']);
  const seenBy = async (protocol: AppChannel['protocol'], method: string) => {
    const seen: string[] = [];
    const request: AppChannel['request'] = (_call, { path }) => {
      seen.push(path);
      return Promise.resolve({ status: 200, headers: [], body: Buffer.alloc(0) });
    };
    const app: AppChannel = { protocol, request, close: () => Promise.resolve() };
    await invokeFixture({ app: () => app }).invoke.receive(call, incoming('me', method));
    return seen[0];
  };
  for (const method of methods) assert.equal(await seenBy('grpc', method), method);
  assert.equal(await seenBy('http', '/a%2Fb'), '/a%2Fb');
  assert.equal(await seenBy('http', '/a "b"'), '/a%20%22b%22');
  await assert.rejects(seenBy('http', '/100%'), /invalid URL escape/);
});

test('receive: an unresponsive app is an internal error, which is not retried', async () => {
  const app: AppChannel = {
    protocol: 'http',
    request: () => Promise.reject(appUnavailable('127.0.0.1:3000', 'connect ECONNREFUSED')),
    close: () => Promise.resolve(),
  };
  const text = 'error invoking app channel: the app at 127.0.0.1:3000 does not respond: connect ECONNREFUSED';
  await assert.rejects(
    invokeFixture({ app: () => app }).invoke.receive(call, incoming('me')),
    wire('ERR_APP_CHANNEL', 500, text),
  );
});

test('receive: a sidecar without an app reports that', async () => {
  const { invoke } = invokeFixture({ app: () => undefined });
  await assert.rejects(
    invoke.receive(call, incoming('me')),
    wire('ERR_APP_CHANNEL_NIL', 500, 'app channel is not initialized'),
  );
});
