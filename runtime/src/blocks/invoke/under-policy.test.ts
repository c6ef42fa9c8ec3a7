import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppChannel } from '#core/app-channel.ts';
import { RuntimeError } from '#core/errors.ts';
import { type Message, type Reply, readBody } from '#core/message.ts';
import type { Policy } from '#core/policy.ts';
import { rpcEndAsHeader, rpcEndFrame, rpcEndHeader, rpcFrame, rpcVerb } from '#core/rpc-frames.ts';
import type { AccessList } from './access-list.ts';
import { accessDenied } from './errors.ts';
import { call, message, invokeFixture, wire } from './invoke-fixture.testing.ts';

const streamText = 'cannot use resiliency policies with retries on streaming RPCs';

/** Makes two attempts, whatever the outcome of the first, and records the notes. */
function twiceNoting() {
  const noted: unknown[] = [];
  const policy: Policy = async (inner, name, operation) => {
    const notes = { failed: (status?: unknown) => void noted.push(status), last: () => void noted.push('last') };
    noted.push(name);
    await operation(inner, 1, notes).catch(() => undefined);
    return operation(inner, 2, notes);
  };
  return { noted, policy };
}

const repliesWith = (...statuses: readonly number[]) => {
  const remaining = [...statuses];
  return (): Promise<Reply> =>
    Promise.resolve({ status: remaining.shift() ?? 200, headers: [], body: Buffer.from('x') });
};

test('invoke policy: failure statuses are reported, and the last response is the reply', async () => {
  const { noted, policy } = twiceNoting();
  const { invoke } = invokeFixture({ policyFor: () => policy, respond: repliesWith(503, 404) });
  assert.equal((await invoke.invoke(call, 'other', message('/x'))).status, 404);
  assert.deepEqual(noted, ['POST other/x', { http: 503 }, { http: 404 }]);
  const second = twiceNoting();
  const succeeding = invokeFixture({ policyFor: () => second.policy, respond: repliesWith(200, 399) });
  await succeeding.invoke.invoke(call, 'other', message('/x'));
  assert.deepEqual(second.noted, ['POST other/x']);
});

/** One attempt under a policy that has retries. */
const repeating: Policy = (inner, _name, operation) =>
  operation(inner, 1, { mayRepeat: true, failed: () => {}, last: () => {} });

async function* messages(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(rpcFrame(Buffer.from('one')));
}

/** An app that responds at once and ends its response when the request ends. */
async function echoing({ message: { body } }: { readonly message: Message }): Promise<Reply> {
  const respond = async function* (): AsyncGenerator<Uint8Array> {
    yield* body as AsyncIterable<Uint8Array>;
    yield rpcEndFrame({ code: 0, message: '', trailers: [] });
  };
  return { status: 200, headers: [], body: respond() };
}

test('invoke policy: an unmarked stream cannot have retries', async () => {
  const { invoke } = invokeFixture({ policyFor: () => repeating, respond: echoing });
  const stream = (count: number, headers: readonly string[] = []) =>
    invoke.proxy(call, 'other', { ...message('/a.B/C', headers, messages(count)), verb: rpcVerb }, 'other');
  const ended = async (reply: Promise<Reply>): Promise<number> => (await readBody((await reply).body)).length;
  assert.ok((await ended(stream(1))) > 0);
  await assert.rejects(ended(stream(2)), wire('ERR_PROXY_STREAM', 400, streamText));
  assert.ok((await ended(stream(2, ['dapr-stream', 'true']))) > 0);
  const never = invokeFixture({
    policyFor: () => repeating,
    respond: async ({ message: { body } }) => {
      for await (const _ of body as AsyncIterable<Uint8Array>);
      return await new Promise<Reply>(() => {});
    },
  });
  const outgoing = { ...message('/a.B/C', [], messages(2)), verb: rpcVerb };
  await assert.rejects(never.invoke.proxy(call, 'other', outgoing, 'other'), wire('ERR_PROXY_STREAM', 400, streamText));
});

test('invoke policy: the status of a gRPC app counts, for methods and for proxied calls', async () => {
  const end = { code: 14, message: 'busy', trailers: [] };
  const reply = (one: Partial<Reply>) => Promise.resolve({ status: 503, headers: [], body: Buffer.from(''), ...one });
  const method = twiceNoting();
  const headers = [rpcEndHeader, rpcEndAsHeader(end)];
  const { invoke } = invokeFixture({ policyFor: () => method.policy, respond: () => reply({ headers }) });
  await invoke.invoke(call, 'other', message('/x'));
  assert.deepEqual(method.noted.slice(1), [{ grpc: 14 }, { grpc: 14 }]);

  async function* frames(code: number): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(rpcFrame(Buffer.from('one')));
    yield rpcEndFrame({ ...end, code });
  }
  const codes = [14, 0];
  const passed = twiceNoting();
  const respond = () => reply({ status: 200, body: frames(codes.shift() ?? 0) });
  const proxy = invokeFixture({ policyFor: () => passed.policy, respond });
  const { body } = await proxy.invoke.invoke(call, 'other', { ...message('/a.B/C'), verb: rpcVerb });
  assert.deepEqual(passed.noted, ['RPC other/a.B/C', { grpc: 14 }]);
  assert.ok(body instanceof Uint8Array && Buffer.from(body).includes('one'));
});

test('invoke policy: chosen by the target as written and by its method, also for the own app', async () => {
  const outgoing: string[] = [];
  const { invoke } = invokeFixture({ policyFor: (target, endpoint) => void outgoing.push(`${target} ${endpoint}`) });
  await invoke.invoke(call, 'other.east', message('/a/../b'));
  await invoke.invoke(call, 'me', message('/x'));
  assert.deepEqual(outgoing, ['other.east /b', 'me /x']);
});

test('invoke policy: a stream is sent once, and the policy is notified', async () => {
  const noted: unknown[] = [];
  const once: Policy = (inner, _name, operation) =>
    operation(inner, 1, { failed: (status) => void noted.push(status), last: () => void noted.push('last') });
  async function* body(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('piece'));
  }
  const { invoke } = invokeFixture({ policyFor: () => once, respond: repliesWith(500) });
  assert.equal((await invoke.invoke(call, 'other', message('/x', [], body()))).status, 500);
  assert.deepEqual(noted, ['last', { http: 500 }]);
});

test('invoke policy: a response that is retried is released', async () => {
  let isReleased = false;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield await Promise.resolve(Buffer.from('a'));
      yield Buffer.from('b');
    } finally {
      isReleased = true;
    }
  }
  const first = body();
  await first.next();
  const replies = [{ status: 500, headers: [], body: first }];
  const { policy } = twiceNoting();
  const respond = (): Promise<Reply> =>
    Promise.resolve(replies.shift() ?? { status: 200, headers: [], body: Buffer.from('') });
  const { invoke } = invokeFixture({ policyFor: () => policy, respond });
  assert.equal((await invoke.invoke(call, 'other', message('/x'))).status, 200);
  assert.ok(isReleased);
});

for (const [code, grpc, causeText] of [
  ['ERR_POLICY_TIMEOUT', 'DeadlineExceeded', 'context deadline exceeded'],
  ['ERR_BREAKER_OPEN', 'Unknown', 'circuit breaker is open'],
] as const)
  test(`invoke policy: a call ended by a policy has the text of the wire protocol: ${causeText}`, async () => {
    const error = new RuntimeError({ code, http: 500, grpc }, { message: causeText });
    const { invoke } = invokeFixture({ policyFor: () => () => Promise.reject(error) });
    const text = `failed to invoke, id: other, err: ${error.message}`;
    await assert.rejects(invoke.invoke(call, 'other', message('/x')), (cause) => {
      assert.ok(cause instanceof RuntimeError);
      assert.equal(cause.kind.grpc, grpc);
      return wire('ERR_DIRECT_INVOKE', 500, text)(cause);
    });
  });

test("named endpoint: called under its base path, with its headers instead of the caller's", async () => {
  const outgoing: Message[] = [];
  const channel: AppChannel = {
    protocol: 'https',
    request: (_call, one) => {
      outgoing.push(one);
      return repliesWith(200)();
    },
    close: () => Promise.resolve(),
  };
  const endpoints: string[] = [];
  const github = {
    baseUrl: 'https://api.example.com/v3',
    basePath: '/v3',
    channel,
    headers: ['accept-language', 'en'],
  };
  const { invoke, sent } = invokeFixture({
    endpoint: (name) => (name === 'github' ? github : undefined),
    policyFor: (_target, endpoint) => void endpoints.push(endpoint),
  });
  await invoke.invoke(call, 'github', message('/users', ['Accept-Language', 'de', 'x-a', '1']));
  assert.equal(sent.length, 0);
  const [one] = outgoing;
  assert.deepEqual(
    [one?.path, one?.query, one?.headers],
    ['/v3/users', 'a=1&b=%20', ['x-a', '1', 'accept-language', 'en']],
  );
  assert.deepEqual(endpoints, ['https://api.example.com/v3']);
});

test('access rules: a denied caller does not reach the app, and rules see decoded paths', async () => {
  const seen: unknown[] = [];
  const access: AccessList = (request) => {
    seen.push(request);
    if (request.path === '/admin') throw accessDenied('', request.path, request.verb ?? '');
  };
  const { invoke, appRequests: outgoing } = invokeFixture({ access });
  const receive = (path: string) => invoke.receive(call, { purpose: 'invoke', appId: 'me', message: message(path) });
  await receive('/free');
  await assert.rejects(receive('/%61dmin'), { message: /access control policy has denied access/ });
  await assert.rejects(receive('/x/../admin'), { message: /operation: admin verb: POST/ });
  assert.deepEqual(seen[0], { path: '/free', verb: 'POST' });
  assert.equal(outgoing.length, 1);
});

test('access rules: a denial by the callee is 403 for the caller', async () => {
  const { invoke } = invokeFixture({ respond: () => Promise.reject(accessDenied('', '/admin', 'GET')) });
  const text =
    'failed to invoke, id: other, err: rpc error: code = PermissionDenied desc = access control policy has denied ' +
    'access to id:  operation: admin verb: GET';
  await assert.rejects(invoke.invoke(call, 'other', message('/admin')), wire('ERR_DIRECT_INVOKE', 403, text));
});
