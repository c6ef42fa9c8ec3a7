import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#core/log.ts';
import { warnIfUnreachable } from './name-resolution.ts';

/** The warnings of a sidecar whose internal port is bound to `bound` and that advertises `advertisedHost`. */
function warnings(bound: string, advertisedHost: string, component?: string): string[] {
  const lines: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => void lines.push(message) };
  const nameResolution = component === undefined ? undefined : { component, configuration: {} };
  const listen = { apis: [], public: '', metrics: '', internal: bound };
  warnIfUnreachable({ listen }, { nameResolution } as never, { advertisedHost, log });
  return lines;
}

test('internal port: an advertised host on which it does not listen is logged once, with the flag', () => {
  const [line = '', ...more] = warnings('127.0.0.1', 'order-sidecar');
  assert.match(line, /listens on 127\.0\.0\.1 only.*--dapr-internal-grpc-listen-address=0\.0\.0\.0/);
  assert.deepEqual(more, []);
  assert.equal(warnings('::1', '10.0.0.7').length, 1);
});

test('internal port: network name resolution with a loopback port is logged as a warning', () => {
  assert.equal(warnings('127.0.0.1', '127.0.0.1', 'nats').length, 1);
  assert.equal(warnings('', '10.0.0.7', 'nats').length, 0);
});

test('internal port: sidecars of one machine get no warning', () => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) assert.deepEqual(warnings('127.0.0.1', host), []);
  assert.deepEqual(warnings('127.0.0.1', '127.0.0.1', 'sqlite'), []);
});
