import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daprClient } from '@outrigger/sdk';
import { recordingTransport } from '@outrigger/sdk/testing';
import { jsonLog } from './log.ts';
import { serviceApp } from './service-app.ts';
import { environment, systemClock } from './service-context.ts';
import { testContext } from './testing.ts';

function open(level: string) {
  const lines: Record<string, unknown>[] = [];
  const client = daprClient({ transport: recordingTransport(), clock: systemClock });
  const log = jsonLog({
    app: 'test',
    level,
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    now: () => 0,
    traceId: () => client.context.traceId(),
  });
  const app = serviceApp(
    { ...testContext({ env: environment({ APP_API_TOKEN: 'secret-1' }) }), client, log },
    {
      routes(app) {
        app.get('/orders/:id', () => 'ok');
        app.post('/orders/:id', () => {
          throw new Error('wrong');
        });
      },
    },
  );
  const requests = (): readonly object[] => lines.filter(({ event }) => event === 'request');
  return { app, requests, lines };
}

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const secrets = { 'dapr-api-token': 'secret-1', authorization: 'Bearer secret-2', cookie: 'secret=3' };

test('access log: a line has the method, the route pattern, the status, the duration and the trace', async () => {
  const { app, lines, requests } = open('debug');
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  await (await fetch(`${url}/orders/TW-1?q=private`, { headers: { ...secrets, traceparent } })).text();
  await app.close();
  const [line] = requests() as readonly Record<string, unknown>[];
  const { durationMs, ...rest } = line ?? {};
  assert.equal(typeof durationMs, 'number');
  assert.deepEqual(rest, {
    level: 'debug',
    time: '1970-01-01T00:00:00.000Z',
    app: 'test',
    trace: 'a'.repeat(32),
    event: 'request',
    method: 'GET',
    route: '/orders/:id',
    status: 200,
    msg: 'request completed',
  });
  assert.doesNotMatch(JSON.stringify(lines), /TW-1|private|secret|listening at/i);
});

test('access log: at info only failed requests have a line; no secret, query or body is in any', async () => {
  const { app, lines, requests } = open('info');
  const inject = (method: 'GET' | 'POST', url: string) =>
    app.inject({
      method,
      url,
      headers: { ...secrets, traceparent },
      ...(method === 'POST' && { payload: { a: 'body-4' } }),
    });
  await inject('GET', '/orders/TW-1?q=private');
  await inject('GET', '/nothing?q=private');
  await inject('GET', '/healthz');
  assert.deepEqual(lines, []);
  await inject('POST', '/orders/TW-1?q=private');
  assert.deepEqual(
    requests().map((line) => [(line as { level: string }).level, (line as { status: number }).status]),
    [['info', 500]],
  );
  assert.doesNotMatch(JSON.stringify(lines), /TW-1|private|secret|body-4/);
});
