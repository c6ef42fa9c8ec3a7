import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AppChannel, appUnavailable } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { type FakeClock, fakeClock, settle } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { type Message, type Reply, headerOf } from '#core/message.ts';
import type { AccessList } from './access-list.ts';
import { accessDenied, peerUnavailable } from './errors.ts';
import { type Invoke, type InvokeOptions, invokeBlock } from './invoke.ts';
import type { NameResolver, PeerRequest } from './peers.ts';
import { type Policy, noNotes } from '#core/policy.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

interface Scene {
  readonly invoke: Invoke;
  readonly clock: FakeClock;
  readonly sent: { address: string; request: PeerRequest }[];
  readonly asked: Message[];
  readonly forgotten: string[];
}

function scene(options: Partial<InvokeOptions> & { answer?: (request: PeerRequest) => Promise<Reply> } = {}): Scene {
  const clock = fakeClock();
  const sent: Scene['sent'] = [];
  const asked: Message[] = [];
  const forgotten: string[] = [];
  const ok = (): Promise<Reply> => Promise.resolve({ status: 200, headers: [], body: Buffer.from('ok') });
  const names: NameResolver = {
    resolve: (_call, appId, namespace) =>
      Promise.resolve(appId === 'nobody' ? undefined : `${appId}${namespace ? `@${namespace}` : ''}:1`),
    forget: (_appId, _namespace, address) => void forgotten.push(address),
    close: () => Promise.resolve(),
  };
  const app: AppChannel = {
    protocol: 'http',
    request: (_call, message) => {
      asked.push(message);
      return ok();
    },
    close: () => Promise.resolve(),
  };
  const invoke = invokeBlock({
    appId: 'me',
    namespace: 'shop',
    names,
    peers: {
      request: (_call, address, request) => {
        sent.push({ address, request });
        return options.answer ? options.answer(request) : ok();
      },
      close: () => Promise.resolve(),
    },
    app: () => app,
    host: { address: '10.0.0.7', name: 'box' },
    clock,
    log: silentLog,
    ...options,
  });
  return { invoke, clock, sent, asked, forgotten };
}

function message(path: string, headers: readonly string[] = [], body: Message['body'] = Buffer.from('hi')): Message {
  return { verb: 'POST', path, query: 'a=1&b=%20', headers, body };
}

function wire(code: string, http: number, text: string): (cause: unknown) => boolean {
  return (cause) => {
    assert.ok(cause instanceof RuntimeError);
    assert.deepEqual([cause.kind.code, cause.kind.http, cause.message], [code, http, text]);
    return true;
  };
}

test('a call to another app carries who calls, who is called, and the way it came', async () => {
  const { invoke, sent } = scene();
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

for (const target of ['me', 'me.shop']) {
  test(`a call to oneself as ${target} goes straight to the app, stamped all the same`, async () => {
    const { invoke, sent, asked } = scene();
    await invoke.invoke(call, target, message('/x', ['dapr-callee-app-id', 'spoofed']));
    assert.equal(sent.length, 0);
    assert.equal(headerOf(asked[0]?.headers ?? [], 'dapr-caller-app-id'), 'me');
    assert.equal(headerOf(asked[0]?.headers ?? [], 'dapr-callee-app-id'), 'me');
    assert.equal(headerOf(asked[0]?.headers ?? [], 'x-forwarded-for'), undefined);
  });
}

test('a call to oneself fails in words of its own when there is no app', async () => {
  const text = 'failed to invoke, id: me, err: cannot invoke local endpoint: app channel not initialized';
  const { invoke } = scene({ app: () => undefined });
  await assert.rejects(invoke.invoke(call, 'me', message('/x')), wire('ERR_DIRECT_INVOKE', 500, text));
});

test('an own app id in another namespace is another app', async () => {
  const { invoke, sent, asked } = scene();
  await invoke.invoke(call, 'me.elsewhere', message('/x'));
  assert.deepEqual([sent[0]?.address, asked.length], ['me@elsewhere:1', 0]);
});

test('what the app answers is the reply, whatever the status', async () => {
  const reply: Reply = { status: 503, headers: ['x-a', 'b'], body: Buffer.from('busy') };
  const { invoke } = scene({ answer: () => Promise.resolve(reply) });
  assert.equal(await invoke.invoke(call, 'other', message('/x')), reply);
});

for (const [target, text] of [
  ['', 'app id is empty'],
  ['a.b.c', 'invalid app id a.b.c'],
  ['a.', 'invalid app id a.'],
] as const) {
  test(`the target ${JSON.stringify(target)} is refused`, async () => {
    const { invoke } = scene();
    const refusal = `failed to invoke, id: ${target}, err: ${text}`;
    await assert.rejects(invoke.invoke(call, target, message('/x')), wire('ERR_DIRECT_INVOKE', 500, refusal));
  });
}

test('a method with a forbidden character is refused before anybody is asked', async () => {
  const { invoke, sent } = scene();
  await assert.rejects(
    invoke.invoke(call, 'other', message('/a%23b')),
    /code = InvalidArgument desc = invalid method: method contains forbidden character: "a#b"/,
  );
  assert.equal(sent.length, 0);
});

test('an app that nobody knows is looked for again and again before the call fails', async () => {
  const { invoke, clock } = scene();
  const failing = invoke.invoke(call, 'nobody', message('/x'));
  const text = "failed to invoke, id: nobody, err: couldn't find service: nobody";
  const expectation = assert.rejects(failing, wire('ERR_DIRECT_INVOKE', 500, text));
  await clock.tick(900);
  await expectation;
});

test('a sidecar that does not answer is forgotten, and the error tells of the retries', async () => {
  const twice: Policy = async (inner, _name, operation) => {
    await operation(inner, 1, noNotes).catch(() => undefined);
    return operation(inner, 2, noNotes);
  };
  const { invoke, forgotten } = scene({
    retriesFor: () => twice,
    answer: () => Promise.reject(peerUnavailable('other:1', 'connect ECONNREFUSED')),
  });
  const text =
    'failed to invoke, id: other, err: failed to invoke target other after 1 retries. Error: rpc error: ' +
    'code = Unavailable desc = the sidecar at other:1 does not answer: connect ECONNREFUSED';
  await assert.rejects(invoke.invoke(call, 'other', message('/x')), wire('ERR_DIRECT_INVOKE', 500, text));
  assert.deepEqual(forgotten, ['other:1', 'other:1']);
});

test('a body of unknown length is sent once, outside of any policy', async () => {
  const { invoke, sent } = scene({
    retriesFor: () => () => assert.fail('a stream cannot be sent twice'),
    answer: () => Promise.reject(peerUnavailable('other:1', 'gone')),
  });
  async function* body(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('piece'));
  }
  await assert.rejects(invoke.invoke(call, 'other', message('/x', [], body())), /after 0 retries/);
  assert.equal(sent.length, 1);
});

test('a refusal by the rules of the callee is 403', async () => {
  const denied = new RuntimeError({ code: 'X', http: 403, grpc: 'PermissionDenied' }, { message: 'no' });
  const { invoke } = scene({ answer: () => Promise.reject(denied) });
  const text = 'failed to invoke, id: other, err: rpc error: code = PermissionDenied desc = no';
  await assert.rejects(invoke.invoke(call, 'other', message('/x')), wire('ERR_DIRECT_INVOKE', 403, text));
});

test('a caller that gave up gets its own reason back', async () => {
  const giveUp = new AbortController();
  const reason = new Error('the caller left');
  const { invoke } = scene({
    answer: async () => {
      giveUp.abort(reason);
      await settle(1);
      throw new Error('aborted');
    },
  });
  await assert.rejects(invoke.invoke({ ...call, signal: giveUp.signal }, 'other', message('/x')), reason);
});

test('a URL as target goes outside with the base path in front and no stamps', async () => {
  const asked: [origin: string, message: Message][] = [];
  const { invoke } = scene({
    external: (origin) => ({
      protocol: 'https',
      request: (_call, sentMessage) => {
        asked.push([origin, sentMessage]);
        return Promise.resolve({ status: 200, headers: [], body: Buffer.alloc(0) });
      },
      close: () => Promise.resolve(),
    }),
  });
  await invoke.invoke(call, 'https://api.example.com:8443/v2/', message('/rates', ['x-a', 'b']));
  const [origin, { path, headers } = message('')] = asked[0] ?? [];
  assert.deepEqual([origin, path, headers], ['https://api.example.com:8443', '/v2/rates', ['x-a', 'b']]);
});

const incoming = (appId: string, path = '/x'): PeerRequest => ({ purpose: 'invoke', appId, message: message(path) });

test('a call that was meant for another app is refused as unavailable, so that its sender looks again', async () => {
  const { invoke } = scene();
  await assert.rejects(invoke.receive(call, incoming('other')), (cause) => {
    return cause instanceof RuntimeError && cause.kind.grpc === 'Unavailable';
  });
});

test('a path that climbs is cleaned on the side of the callee too', async () => {
  const { invoke, asked } = scene();
  await invoke.receive(call, incoming('me', '/a/../b'));
  assert.equal(asked[0]?.path, '/b');
});

test('an app that does not answer is told to the caller as an internal error, which nobody retries', async () => {
  const app: AppChannel = {
    protocol: 'http',
    request: () => Promise.reject(appUnavailable('127.0.0.1:3000', 'connect ECONNREFUSED')),
    close: () => Promise.resolve(),
  };
  const text = 'error invoking app channel: the app at 127.0.0.1:3000 does not answer: connect ECONNREFUSED';
  await assert.rejects(
    scene({ app: () => app }).invoke.receive(call, incoming('me')),
    wire('ERR_APP_CHANNEL', 500, text),
  );
});

test('a sidecar without an app says so', async () => {
  const { invoke } = scene({ app: () => undefined });
  await assert.rejects(
    invoke.receive(call, incoming('me')),
    wire('ERR_APP_CHANNEL_NIL', 500, 'app channel is not initialized'),
  );
});

/** Makes two attempts, whatever comes of the first, and tells what was noted. */
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

const answers = (...statuses: readonly number[]) => {
  const left = [...statuses];
  return (): Promise<Reply> => Promise.resolve({ status: left.shift() ?? 200, headers: [], body: Buffer.from('x') });
};

test('a policy is told which answers are failures, and the last answer is the reply', async () => {
  const { noted, policy } = twiceNoting();
  const { invoke } = scene({ policyFor: () => policy, answer: answers(503, 404) });
  assert.equal((await invoke.invoke(call, 'other', message('/x'))).status, 404);
  assert.deepEqual(noted, ['POST other/x', { http: 503 }, { http: 404 }]);
  const second = twiceNoting();
  const calm = scene({ policyFor: () => second.policy, answer: answers(200, 399) });
  await calm.invoke.invoke(call, 'other', message('/x'));
  assert.deepEqual(second.noted, ['POST other/x']);
});

test('a policy is chosen by the target as it was written and by its method, and is for calls to oneself too', async () => {
  const asked: string[] = [];
  const { invoke } = scene({ policyFor: (target, endpoint) => void asked.push(`${target} ${endpoint}`) });
  await invoke.invoke(call, 'other.east', message('/a/../b'));
  await invoke.invoke(call, 'me', message('/x'));
  assert.deepEqual(asked, ['other.east /b', 'me /x']);
});

test('a stream is sent once, and the policy knows', async () => {
  const noted: unknown[] = [];
  const once: Policy = (inner, _name, operation) =>
    operation(inner, 1, { failed: (status) => void noted.push(status), last: () => void noted.push('last') });
  async function* body(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('piece'));
  }
  const { invoke } = scene({ policyFor: () => once, answer: answers(500) });
  assert.equal((await invoke.invoke(call, 'other', message('/x', [], body()))).status, 500);
  assert.deepEqual(noted, ['last', { http: 500 }]);
});

test('an answer that is not the last one is let go', async () => {
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
  const answer = (): Promise<Reply> =>
    Promise.resolve(replies.shift() ?? { status: 200, headers: [], body: Buffer.from('') });
  const { invoke } = scene({ policyFor: () => policy, answer });
  assert.equal((await invoke.invoke(call, 'other', message('/x'))).status, 200);
  assert.ok(isReleased);
});

for (const [code, grpc, said] of [
  ['ERR_POLICY_TIMEOUT', 'DeadlineExceeded', 'context deadline exceeded'],
  ['ERR_BREAKER_OPEN', 'Unknown', 'circuit breaker is open'],
] as const)
  test(`a call that a policy ends says so in the wire’s words: ${said}`, async () => {
    const error = new RuntimeError({ code, http: 500, grpc }, { message: said });
    const { invoke } = scene({ policyFor: () => () => Promise.reject(error) });
    const text = `failed to invoke, id: other, err: ${error.message}`;
    await assert.rejects(invoke.invoke(call, 'other', message('/x')), (cause) => {
      assert.ok(cause instanceof RuntimeError);
      assert.equal(cause.kind.grpc, grpc);
      return wire('ERR_DIRECT_INVOKE', 500, text)(cause);
    });
  });

test('a named endpoint is called under its base path, with its headers instead of the caller’s', async () => {
  const asked: Message[] = [];
  const channel: AppChannel = {
    protocol: 'https',
    request: (_call, one) => {
      asked.push(one);
      return answers(200)();
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
  const { invoke, sent } = scene({
    endpoint: (name) => (name === 'github' ? github : undefined),
    policyFor: (_target, endpoint) => void endpoints.push(endpoint),
  });
  await invoke.invoke(call, 'github', message('/users', ['Accept-Language', 'de', 'x-a', '1']));
  assert.equal(sent.length, 0);
  const [one] = asked;
  assert.deepEqual(
    [one?.path, one?.query, one?.headers],
    ['/v3/users', 'a=1&b=%20', ['x-a', '1', 'accept-language', 'en']],
  );
  assert.deepEqual(endpoints, ['https://api.example.com/v3']);
});

test('whoever the access rules refuse does not reach the app, and rules see what an escape stands for', async () => {
  const seen: unknown[] = [];
  const access: AccessList = (request) => {
    seen.push(request);
    if (request.path === '/admin') throw accessDenied('', request.path, request.verb ?? '');
  };
  const { invoke, asked } = scene({ access });
  const receive = (path: string) => invoke.receive(call, { purpose: 'invoke', appId: 'me', message: message(path) });
  await receive('/free');
  await assert.rejects(receive('/%2561dmin'), { message: /access control policy has denied access/ });
  await assert.rejects(receive('/x/../admin'), { message: /operation: admin verb: POST/ });
  assert.deepEqual(seen[0], { path: '/free', verb: 'POST' });
  assert.equal(asked.length, 1);
});

test('a refusal by the callee’s rules is 403 to the caller', async () => {
  const { invoke } = scene({ answer: () => Promise.reject(accessDenied('', '/admin', 'GET')) });
  const text =
    'failed to invoke, id: other, err: rpc error: code = PermissionDenied desc = access control policy has denied ' +
    'access to id:  operation: admin verb: GET';
  await assert.rejects(invoke.invoke(call, 'other', message('/admin')), wire('ERR_DIRECT_INVOKE', 403, text));
});
