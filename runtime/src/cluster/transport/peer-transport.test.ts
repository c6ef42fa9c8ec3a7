import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { RuntimeError } from '#core/errors.ts';
import { settle } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { isBytes, readBody } from '#core/message.ts';
import type { PeerRequest } from '#blocks/invoke/peers.ts';
import { invokeRequest, call, codeIs, echo, pair, until } from './peer-pair.testing.ts';
import { peerServer } from './peer-server.ts';

test('peer transport: request and reply arrive complete', async () => {
  const seen: [Call, PeerRequest][] = [];
  await using both = await pair(async (inner, request) => {
    seen.push([inner, request]);
    return { status: 418, headers: ['set-cookie', 'a', 'set-cookie', 'b'], body: Buffer.from('täpot') };
  });
  const headers = ['x-one', '1', 'x-empty', '', 'x-ümlaut', 'ß'];
  const request: PeerRequest = {
    ...invokeRequest(Buffer.from('body'), headers),
    actor: ['order', 'ä/42'],
    purpose: 'actor',
  };
  const reply = await both.request(request);
  assert.deepEqual([reply.status, reply.headers], [418, ['set-cookie', 'a', 'set-cookie', 'b']]);
  assert.equal(Buffer.from(await readBody(reply.body)).toString(), 'täpot');
  const [inner, got] = seen[0] ?? assert.fail('nothing arrived');
  assert.deepEqual([inner.trace, inner.baggage, inner.isPrivate], [call.trace, 'user=42', undefined]);
  assert.deepEqual([got.purpose, got.appId, got.actor], ['actor', 'other', ['order', 'ä/42']]);
  assert.deepEqual([got.message.verb, got.message.path, got.message.query], ['POST', '/x', 'q=1']);
  assert.deepEqual(got.message.headers, headers);
  assert.ok(isBytes(got.message.body));
  assert.equal(Buffer.from(got.message.body).toString(), 'body');
});

test('peer transport: the operation of an owner arrives as fields, also from the previous version', async () => {
  const seen: PeerRequest['owner'][] = [];
  await using both = await pair((inner, request) => (seen.push(request.owner), echo(inner, request)));
  const request: PeerRequest = { ...invokeRequest(), purpose: 'actor', actor: ['order', '1'] };
  const owner = { operation: 'method', name: 'a/b' } as const;
  await both.request({ ...request, owner });
  // that version wrote the operation into the path itself
  await both.request({ ...request, message: { ...request.message, path: '/method/a%2Fb' } });
  await both.request(request);
  assert.deepEqual(seen, [owner, owner, undefined]);
});

test('peer transport: a private call stays private', async () => {
  let isPrivate: boolean | undefined;
  await using both = await pair((inner, request) => ((isPrivate = inner.isPrivate), echo(inner, request)));
  await both.transport.request({ ...call, isPrivate: true }, both.server.address, invokeRequest());
  assert.equal(isPrivate, true);
});

test('peer transport: concurrent calls get their own replies in any order', async () => {
  const random = seededRandom(3);
  await using both = await pair(async (_call, { message }) => {
    await settle(Math.floor(random.random() * 5));
    return { status: 200, headers: [], body: message.body };
  });
  const bodies = Array.from({ length: 500 }, (_, i) => Buffer.alloc(1 + ((i * 37) % 3_000), i));
  const replies = await Promise.all(bodies.map((body) => both.request(invokeRequest(body))));
  for (const [i, reply] of replies.entries()) assert.deepEqual(Buffer.from(reply.body as Uint8Array), bodies[i]);
});

for (const bytes of [0, 1, 65_535, 65_536, 65_537, 1_000_003, 5_000_000]) {
  test(`peer transport: a body of ${bytes} bytes is sent and returned as bytes`, async () => {
    const body = Buffer.alloc(bytes, 'abc');
    await using both = await pair(echo);
    const reply = await both.request(invokeRequest(body));
    assert.ok(isBytes(reply.body) && Buffer.compare(reply.body, body) === 0);
  });
}

test('peer transport: a body over the limit is rejected, and the connection stays usable', async () => {
  await using both = await pair(echo, { maxBodyBytes: 100_000 });
  await assert.rejects(
    both.request(invokeRequest(Buffer.alloc(100_001))),
    codeIs('ERR_PEER_REQUEST', /limit of 100000/),
  );
  assert.equal((await both.request(invokeRequest())).status, 200);
});

test('peer transport: a head with a NUL is rejected and never misread', async () => {
  await using both = await pair(echo);
  await assert.rejects(both.request(invokeRequest(Buffer.alloc(0), ['x', 'a\0y\0b'])), codeIs('ERR_PEER_UNAVAILABLE'));
});

test('peer transport: an oversized head is rejected before it is sent', async () => {
  await using both = await pair(echo);
  await assert.rejects(
    both.request(invokeRequest(Buffer.alloc(0), ['x', 'y'.repeat(300_000)])),
    codeIs('ERR_PEER_REQUEST'),
  );
});

test('peer transport: a remote error arrives as the same error', async () => {
  const kind = { code: 'ERR_X', http: 409, grpc: 'Aborted' } as const;
  const details = [{ '@type': 't', reason: 'R' }];
  await using both = await pair(() => Promise.reject(new RuntimeError(kind, { message: 'taken', details })));
  await assert.rejects(both.request(invokeRequest()), (cause) => {
    assert.ok(cause instanceof RuntimeError);
    assert.deepEqual([cause.kind, cause.message, cause.details], [kind, 'taken', details]);
    return true;
  });
});

test('peer transport: a handler that throws is an internal error', async () => {
  await using both = await pair(() => {
    throw new TypeError('bug');
  });
  await assert.rejects(both.request(invokeRequest()), codeIs('ERR_INTERNAL', /bug/));
});

test('peer transport: chunks of a stream arrive one by one, in both directions', async () => {
  const events: string[] = [];
  const gate = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  await using both = await pair(async (_call, { message }) => {
    async function* shouting(): AsyncGenerator<Uint8Array> {
      for await (const chunk of message.body as AsyncIterable<Uint8Array>) {
        yield Buffer.from(Buffer.from(chunk).toString().toUpperCase());
      }
    }
    return { status: 200, headers: [], body: shouting() };
  });
  async function* requestBody(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one');
    await gate[0].promise;
    yield Buffer.from('two');
    await gate[1].promise;
  }
  const reply = await both.request(invokeRequest(requestBody()));
  for await (const chunk of reply.body as AsyncIterable<Uint8Array>) {
    events.push(Buffer.from(chunk).toString());
    gate[events.length - 1]?.resolve();
  }
  assert.deepEqual(events, ['ONE', 'TWO']);
});

test('flow control: a slow reader stops a fast writer', async () => {
  let produced = 0;
  const total = 20_000_000;
  await using both = await pair(() => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      while (produced < total) {
        produced += 10_000;
        yield await Promise.resolve(Buffer.alloc(10_000));
      }
    }
    return Promise.resolve({ status: 200, headers: [], body: endless() });
  });
  const reply = await both.request(invokeRequest());
  await settle(200);
  const bufferedBytes = produced;
  assert.ok(bufferedBytes < 400_000, `${bufferedBytes} bytes were produced although nobody reads`);
  let received = 0;
  for await (const chunk of reply.body as AsyncIterable<Uint8Array>) {
    received += chunk.length;
    assert.ok(produced - received < 600_000, 'the writer was not stopped');
  }
  assert.equal(received, total);
});

test('flow control: an unread stream does not block others', async () => {
  await using both = await pair((_call, { message }) => {
    if (message.query === 'q=1') return echo(_call, { ...invokeRequest(message.body) });
    async function* big(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 100; i++) yield await Promise.resolve(Buffer.alloc(100_000));
    }
    return Promise.resolve({ status: 200, headers: [], body: big() });
  });
  const request = invokeRequest();
  await both.request({ ...request, message: { ...request.message, query: 'big' } });
  for (let i = 0; i < 50; i++) assert.equal((await both.request(invokeRequest())).status, 200);
});

test('peer transport: an aborted call aborts the handler', async () => {
  const felt = Promise.withResolvers<Error>();
  await using both = await pair((inner) => {
    inner.signal.addEventListener('abort', () => felt.resolve(inner.signal.reason as Error));
    return new Promise(() => undefined);
  });
  const caller = new AbortController();
  const reason = new Error('enough');
  const failing = assert.rejects(both.request(invokeRequest(), caller.signal), reason);
  await settle(20);
  caller.abort(reason);
  await failing;
  assert.match((await felt.promise).message, /enough/);
});

test('peer transport: a reader that stops early cancels the source', async () => {
  const released = Promise.withResolvers<void>();
  await using both = await pair(() => {
    async function* ticking(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.from('tick');
          await settle(1);
        }
      } finally {
        released.resolve();
      }
    }
    return Promise.resolve({ status: 200, headers: [], body: ticking() });
  });
  const reply = await both.request(invokeRequest());
  for await (const chunk of reply.body as AsyncIterable<Uint8Array>) if (chunk.length > 0) break;
  await released.promise;
});

test('peer transport: a request whose source fails fails with that error, also in the handler', async () => {
  const bodyError = Promise.withResolvers<unknown>();
  await using both = await pair(async (_call, { message }) => {
    await readBody(message.body).catch(bodyError.resolve);
    return { status: 200, headers: [], body: Buffer.alloc(0) };
  });
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('first'));
    throw new Error('the disk failed');
  }
  await assert.rejects(both.request(invokeRequest(broken())), /the disk failed/);
  assert.ok(codeIs('ERR_PEER_BROKE', /the disk failed/)(await bodyError.promise));
});

test('peer transport: a reply whose source fails breaks after the chunks sent before', async () => {
  await using both = await pair(() => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('first'));
      throw new Error('the app stopped');
    }
    return Promise.resolve({ status: 200, headers: [], body: broken() });
  });
  const reply = await both.request(invokeRequest());
  const chunks: string[] = [];
  await assert.rejects(
    async () => {
      for await (const chunk of reply.body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk).toString());
    },
    codeIs('ERR_PEER_BROKE', /the app stopped/),
  );
  assert.deepEqual(chunks, ['first']);
});

test('peer transport: a peer that dies before its reply is unavailable, during it broken', async () => {
  const arrived = Promise.withResolvers<void>();
  async function* once1(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('begun');
    await new Promise(() => undefined);
  }
  await using both = await pair((_call, { message }) => {
    if (message.path === '/stream') return Promise.resolve({ status: 200, headers: [], body: once1() });
    arrived.resolve();
    return new Promise(() => undefined);
  });
  const request = invokeRequest();
  const silent = assert.rejects(both.request(request), codeIs('ERR_PEER_UNAVAILABLE', /closed/));
  const reply = await both.request({ ...request, message: { ...request.message, path: '/stream' } });
  await arrived.promise;
  const broken = assert.rejects(readBody(reply.body), codeIs('ERR_PEER_BROKE'));
  await Promise.all([both.server.close(0), silent, broken]);
});

test('abandon: calls of one purpose are unavailable at once, the others continue', async () => {
  const open = Promise.withResolvers<void>();
  let arrived = 0;
  await using both = await pair(async (...args) => {
    arrived += 1;
    await open.promise;
    return echo(...args);
  });
  const remaining = both.request(invokeRequest());
  const dropped = both.request({ ...invokeRequest(), purpose: 'actor', actor: ['order', '1'] });
  const rejected = assert.rejects(dropped, codeIs('ERR_PEER_UNAVAILABLE', /its lease has ended/));
  await until(() => arrived === 2);
  both.transport.abandon(both.server.address, 'actor', 'its lease has ended');
  await rejected;
  open.resolve();
  assert.equal((await remaining).status, 200);
  const again = await both.request({ ...invokeRequest(), purpose: 'actor', actor: ['order', '1'] });
  assert.equal(again.status, 200);
});

test('peer transport: a partial actor reply is unavailable, not broken', async () => {
  async function* begun(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('begun');
    await new Promise(() => undefined);
  }
  await using both = await pair(() => Promise.resolve({ status: 200, headers: [], body: begun() }));
  const reply = await both.request({ ...invokeRequest(), purpose: 'actor', actor: ['order', '1'] });
  const half = assert.rejects(readBody(reply.body), codeIs('ERR_PEER_UNAVAILABLE'));
  await Promise.all([both.server.close(0), half]);
});

test('peer transport: nothing at the address is unavailable, and a restarted peer is reached at once', async () => {
  const both = await pair(echo);
  const { port, address } = both.server;
  assert.equal((await both.request(invokeRequest())).status, 200);
  await both.server.close(0);
  await settle(20);
  await assert.rejects(both.request(invokeRequest()), codeIs('ERR_PEER_UNAVAILABLE', /ECONNREFUSED/));
  const again = await peerServer({
    listen: { host: '127.0.0.1', port },
    handler: echo,
    clock: both.clock,
    log: silentLog,
  });
  const second = both.transport.request(call, address, invokeRequest());
  await both.clock.tick(10);
  assert.equal((await second).status, 200);
  await both.transport.close();
  await again.close(0);
});

test('peer server: stopping lets calls end and accepts no new ones', async () => {
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using both = await pair(async (inner, request) => {
    arrived.resolve();
    await release.promise;
    return echo(inner, request);
  });
  const underWay = both.request(invokeRequest());
  await arrived.promise;
  const closing = both.server.close(60_000);
  await settle(20);
  const late = assert.rejects(both.request(invokeRequest()), codeIs('ERR_PEER_UNAVAILABLE'));
  await late;
  release.resolve();
  assert.equal((await underWay).status, 200);
  await closing;
});
