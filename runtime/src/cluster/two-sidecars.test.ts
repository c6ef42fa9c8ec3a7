import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type RequestListener, createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { type Message, type Reply, headerOf, isBytes, readBody } from '#core/message.ts';
import { httpChannel } from '#app/http-channel.ts';
import { type Invoke, invokeBlock } from '#blocks/invoke/invoke.ts';
import { builtInServiceRetries } from '#resilience/retry.ts';
import { registryNames } from './names/registry-names.ts';
import { peerServer } from './transport/peer-server.ts';
import { peerTransport } from './transport/peer-transport.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

const message = (path: string, body: Message['body'] = Buffer.from('hi')): Message => ({
  verb: 'POST',
  path,
  query: '',
  headers: ['content-type', 'text/plain'],
  body,
});

interface Machine extends AsyncDisposable {
  readonly clock: ReturnType<typeof fakeClock>;
  sidecar(appId: string, appPort?: number): Promise<{ invoke: Invoke; stop(): Promise<void> }>;
  app(listener: RequestListener): Promise<number>;
}

async function machine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'two-sidecars-'));
  const clock = fakeClock();
  const open: (() => Promise<unknown>)[] = [];
  let serial = 1;
  return {
    clock,
    async sidecar(appId, appPort) {
      const random = seededRandom(serial++);
      const names = registryNames({ folder, namespace: 'default', pid: process.pid, clock, random, log: silentLog });
      const peers = peerTransport({ clock });
      const channel =
        appPort === undefined ? undefined : httpChannel({ address: `127.0.0.1:${appPort}`, protocol: 'http' });
      const retries = builtInServiceRetries({ clock, random, recorder: silentRecorder });
      const invoke = invokeBlock({
        appId,
        namespace: 'default',
        names,
        peers,
        app: () => channel,
        retriesFor: () => retries,
        host: { address: '127.0.0.1', name: 'here' },
        clock,
        log: silentLog,
      });
      const listen = { host: '127.0.0.1', port: 0 };
      const handler = invoke.receive.bind(invoke);
      const server = await peerServer({ listen, handler, clock, log: silentLog });
      await names.announce({ appId, namespace: '', address: server.address });
      const stop = async (): Promise<void> => {
        await names.close();
        await server.close(0);
        await peers.close();
        await channel?.close();
      };
      open.push(stop);
      return { invoke, stop };
    },
    async app(listener) {
      const server = createServer(listener);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      open.push(() => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      });
      const at = server.address();
      assert.ok(at !== null && typeof at === 'object');
      return at.port;
    },
    async [Symbol.asyncDispose]() {
      for (const close of open) await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const text = async (reply: Reply): Promise<string> => Buffer.from(await readBody(reply.body)).toString();

test('two sidecars: a call carries caller and trace', async () => {
  await using here = await machine();
  const port = await here.app((request, response) => {
    response.writeHead(201, {
      'x-trace': request.headers.traceparent,
      'x-caller': request.headers['dapr-caller-app-id'],
    });
    request.pipe(response);
  });
  const [{ invoke }] = [await here.sidecar('cart'), await here.sidecar('order', port)];
  const reply = await invoke.invoke(call, 'order', message('/submit'));
  assert.deepEqual([reply.status, await text(reply)], [201, 'hi']);
  assert.equal(headerOf(reply.headers, 'x-caller'), 'cart');
  assert.equal(headerOf(reply.headers, 'x-trace'), `00-${call.trace.traceId}-${call.trace.spanId}-01`);
});

test('two sidecars: chunks are streamed one by one in both directions', async () => {
  await using here = await machine();
  const port = await here.app((request, response) => {
    request.on('data', (chunk: Buffer) => response.write(chunk.toString().toUpperCase()));
    request.on('end', () => response.end());
  });
  const [{ invoke }] = [await here.sidecar('cart'), await here.sidecar('order', port)];
  const received = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  async function* requestBody(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one');
    await received[0].promise;
    yield Buffer.from('two');
    await received[1].promise;
  }
  const reply = await invoke.invoke(call, 'order', message('/talk', requestBody()));
  assert.ok(!isBytes(reply.body));
  const chunks: string[] = [];
  for await (const chunk of reply.body) {
    chunks.push(Buffer.from(chunk).toString());
    received[chunks.length - 1]?.resolve();
  }
  assert.deepEqual(chunks, ['ONE', 'TWO']);
});

test('two sidecars: a reader that stops cancels the app of the other side', async () => {
  await using here = await machine();
  const disconnected = Promise.withResolvers<void>();
  const port = await here.app((request, response) => {
    response.write('first');
    request.socket.on('close', () => disconnected.resolve());
  });
  const [{ invoke }] = [await here.sidecar('cart'), await here.sidecar('order', port)];
  const { body } = await invoke.invoke(call, 'order', message('/endless'));
  assert.ok(!isBytes(body));
  for await (const chunk of body) if (chunk.length > 0) break;
  await disconnected.promise;
});

test('two sidecars: a restarted sidecar is found again by the built-in retries', async () => {
  await using here = await machine();
  let requests = 0;
  const port = await here.app((_request, response) => response.end(String(++requests)));
  const { invoke } = await here.sidecar('cart');
  const first = await here.sidecar('order', port);
  assert.equal(await text(await invoke.invoke(call, 'order', message('/x'))), '1');
  await first.stop();
  // the caller still has the address cached that it resolved a moment ago
  const calling = invoke.invoke(call, 'order', message('/x'));
  await settle(50);
  await here.sidecar('order', port);
  for (let i = 0; i < 30; i++) {
    await here.clock.tick(100);
    await settle(20);
  }
  assert.equal(await text(await calling), '2');
});

test('two sidecars: an unavailable app is an error at once, without a second request', async () => {
  await using here = await machine();
  const [{ invoke }] = [await here.sidecar('cart'), await here.sidecar('order', 1)];
  await assert.rejects(
    invoke.invoke(call, 'order', message('/x')),
    /^RuntimeError: failed to invoke, id: order, err: rpc error: code = Internal desc = error invoking app channel: .*ECONNREFUSED/,
  );
});
