import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../process/clock.ts';
import type { EndedSpan } from './activity-log.ts';
import type { TracingConfig } from '../resources/configuration.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { traceExport } from './trace-export.ts';

const span: EndedSpan<'publish'> = {
  kind: 'publish',
  name: 'orders',
  outcome: 'error',
  durationMs: 1.5,
  attributes: { pubsub: 'p', bulk: true },
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  startedAt: Date.UTC(2026, 0, 1),
  error: { code: 'ERR', message: 'no broker' },
};

function exporting(tracing: Partial<TracingConfig>) {
  const all = { toStdout: false, timeoutMs: 5000, ...tracing };
  const made = traceExport({ tracing: all, appId: 'cart', clock: systemClock(), log: silentLog });
  assert.ok(made);
  return made;
}

test('traceExport: undefined without a configured exporter', () => {
  const tracing = { toStdout: false, timeoutMs: 1 };
  assert.equal(traceExport({ tracing, appId: 'cart', clock: systemClock(), log: silentLog }), undefined);
});

test('traceExport: Zipkin receives JSON with times in microseconds', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void request.toArray().then((parts) => {
      bodies.push(Buffer.concat(parts as Buffer[]).toString());
      response.writeHead(202).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const traces = exporting({
    zipkin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/spans`,
    resource: { 'service.name': 'shop' },
  });
  traces.onSpan(span);
  await traces.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const [sent] = JSON.parse(bodies[0] ?? '') as Record<string, unknown>[];
  assert.equal(sent?.['kind'], 'PRODUCER');
  assert.deepEqual(sent?.['localEndpoint'], { serviceName: 'shop' });
  assert.equal(sent?.['timestamp'], Date.UTC(2026, 0, 1) * 1000);
  assert.equal(sent?.['duration'], 1500);
  assert.deepEqual(sent?.['tags'], { 'dapr.api': 'publish', pubsub: 'p', bulk: 'true', error: 'no broker' });
});

test('traceExport: an unreachable collector is logged once a minute with the reason', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = { ...silentLog, warn: (fields: Record<string, unknown>) => void lines.push(fields) };
  const clock = fakeClock();
  // fetch does not connect to port 1
  const tracing = { toStdout: false, timeoutMs: 5000, zipkin: 'http://127.0.0.1:1/api/v2/spans' };
  const traces = traceExport({ tracing, appId: 'cart', clock, log }) ?? assert.fail();
  const flush = async (): Promise<void> => {
    traces.onSpan(span);
    await traces.close();
  };
  await flush();
  await flush();
  await flush();
  assert.deepEqual(lines, [{ target: tracing.zipkin, spans: 1, error: 'fetch failed: bad port' }]);
  await clock.tick(60_000);
  await flush();
  assert.equal(lines.length, 2);
  assert.equal(lines[1]?.['spans'], 3);
});

test('traceExport: an OpenTelemetry collector receives one gRPC call with the configured headers', async () => {
  const calls: { readonly headers: Record<string, unknown>; readonly body: Buffer }[] = [];
  const server = createHttp2Server((request, response) => {
    void request.toArray().then((parts) => {
      calls.push({ headers: request.headers, body: Buffer.concat(parts as Buffer[]) });
      response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': '0' });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const traces = exporting({ otel: { address, isSecure: false, isGrpc: true, headers: { 'x-api-key': 'k' } } });
  traces.onSpan(span);
  await traces.close();
  await new Promise((resolve) => server.close(resolve));
  const [call] = calls;
  assert.equal(call?.headers['x-api-key'], 'k');
  assert.equal(call?.body.readUInt32BE(1), (call?.body.length ?? 0) - 5);
  assert.ok(call?.body.includes(Buffer.from(span.traceId, 'hex')));
  assert.ok(call?.body.includes('service.name'));
});
