import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { daprClient } from './client.ts';
import { DaprError, ProblemError } from './dapr-error.ts';
import { movableClock } from './testing/movable-clock.ts';
import { recordingTransport } from './testing/recording-transport.ts';
import type { Responder } from './testing/recording-transport.ts';

function open(response?: Responder, apiToken?: string) {
  const transport = recordingTransport(response);
  const clock = movableClock(0);
  return { client: daprClient({ transport, clock, apiToken }), transport, clock };
}

test('invoke: sends JSON and reads JSON', async () => {
  const { client, transport } = open(() => ({ status: 200, json: { id: 'x' } }));
  const response = await client.invoke<{ id: string }>({
    app: 'catalog',
    method: 'POST',
    path: ['a', 'x y'],
    query: { b: 'c' },
    json: { n: 1 },
  });
  assert.deepEqual(response, { id: 'x' });
  const [request] = transport.requests;
  assert.equal(`${request?.method} ${request?.path}`, 'POST /v1.0/invoke/catalog/method/a/x%20y?b=c');
  assert.equal(request?.body, '{"n":1}');
  assert.equal(request?.headers['content-type'], 'application/json');
});

test('invoke: a problem of the app is thrown with its members, other failures with status and code', async () => {
  const problem = { status: 409, title: 'Conflict', detail: 'no', type: 'prices-changed', cart: { count: 1 } };
  const rejecting = open(() => ({
    status: 409,
    json: problem,
    headers: { 'content-type': 'application/problem+json' },
  }));
  const rejection = await rejecting.client.invoke({ app: 'cart', path: ['x'] }).catch((error: unknown) => error);
  assert.ok(rejection instanceof ProblemError);
  assert.deepEqual(rejection.problem, problem);
  const failed = open(() => ({ status: 500, json: { errorCode: 'ERR_DIRECT_INVOKE', message: 'failed to invoke' } }));
  await assert.rejects(failed.client.invoke({ app: 'cart', path: ['x'] }), {
    name: 'DaprError',
    status: 500,
    errorCode: 'ERR_DIRECT_INVOKE',
    message: 'GET cart/x: 500 failed to invoke',
  });
});

test('context: every call carries the trace of the request being served, and only then', async () => {
  const { client, transport } = open();
  const trace = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, baggage: 'a=b' };
  await client.context.run(trace, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await client.publish({ pubsub: 'p', topic: 't', type: 'x', data: 1 });
    assert.equal(client.context.traceId(), '1'.repeat(32));
  });
  await client.publish({ pubsub: 'p', topic: 't', type: 'x', data: 1 });
  const [inside, outside] = transport.requests;
  assert.equal(inside?.headers['traceparent'], trace.traceparent);
  assert.equal(inside?.headers['baggage'], 'a=b');
  assert.equal(inside?.headers['tracestate'], undefined);
  assert.equal(outside?.headers['traceparent'], undefined);
});

test('publish: an event carries its type and id as metadata', async () => {
  const { client, transport } = open();
  await client.publish({
    pubsub: 'p',
    topic: 'a/b',
    type: 'x.y',
    id: 'e 1',
    data: { n: 1 },
    metadata: { ttlInSeconds: '5' },
  });
  const path = '/v1.0/publish/p/a/b?metadata.ttlInSeconds=5&metadata.cloudevent.type=x.y&metadata.cloudevent.id=e%201';
  assert.equal(transport.requests[0]?.path, path);
  assert.equal(transport.requests[0]?.body, '{"n":1}');
});

test('state: absence is undefined, a stale etag is false, other failures throw', async () => {
  const absent = open().client.state('s');
  assert.equal(await absent.get('k'), undefined);
  const stored = open(() => ({ status: 200, json: { n: 1 }, headers: { etag: '7' } })).client.state('s');
  assert.deepEqual(await stored.get('k'), { value: { n: 1 }, etag: '7' });
  const stale = open(() => ({ status: 409 })).client.state('s');
  assert.equal(await stale.create('k', 1), false);
  assert.equal(await stale.update('k', 1, '6'), false);
  assert.equal(await stale.delete('k', '6'), false);
  const broken = open(() => ({ status: 500, json: { errorCode: 'ERR_STATE_SAVE', message: 'x' } })).client.state('s');
  await assert.rejects(broken.put('k', 1), { errorCode: 'ERR_STATE_SAVE' });
});

test('send: private calls and the API token are sent as headers', async () => {
  const { client, transport } = open(() => ({ status: 200 }), 'secret');
  await client.invoke({ app: 'a', path: [], isPrivate: true });
  assert.equal(transport.requests[0]?.headers['x-outrigger-private'], 'true');
  assert.equal(transport.requests[0]?.headers['dapr-api-token'], 'secret');
});

test('send: an unreachable sidecar is a DaprError 503', async () => {
  const clock = movableClock(0);
  const client = daprClient({ endpoint: 'http://127.0.0.1:1', clock });
  await assert.rejects(client.metadata(), { status: 503, errorCode: 'ERR_SIDECAR_UNREACHABLE' });
  await client.close();
});

test('send: a sidecar that never responds is a DaprError 503 after the timeout', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = daprClient({ httpPort: port, clock: movableClock(0) });
  const response = client.send({ method: 'GET', path: '/', timeoutMs: 50 });
  await assert.rejects(response, (error) => error instanceof DaprError && error.status === 503);
  await client.close();
  server.closeAllConnections();
  server.close();
});

test('waitForSidecar: resolves when the sidecar is ready and rejects at the time limit', async () => {
  let requestCount = 0;
  const late = open(() => (++requestCount < 4 ? { status: 500, json: { message: 'not ready' } } : undefined));
  const ready = late.client.waitForSidecar(10_000);
  const pump = async (clock: typeof late.clock, ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.moveTo(clock.now() + 100);
    }
  };
  await pump(late.clock, 1_000);
  await ready;
  assert.equal(requestCount, 4);
  const never = open(() => ({ status: 500, json: { message: 'not ready' } }));
  const failing = assert.rejects(never.client.waitForSidecar(1_000), /not ready within 1000 ms.*not ready/);
  await pump(never.clock, 1_500);
  await failing;
});
