import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaprAppFailure } from '@outrigger/sdk/fastify';
import { logFailure, orderIdOf } from './failures.ts';
import { jsonLog } from './log.ts';
import { metricsOf } from './metrics.ts';

function linesOf(failure: DaprAppFailure): string {
  let text = '';
  const write = (line: string): void => void (text += line);
  const log = jsonLog({ app: 'test', write, now: () => 0, traceId: () => undefined });
  logFailure(log, metricsOf('test'), failure);
  return text;
}

function logged(id: string, type: string, data: unknown): string {
  const event = { specversion: '1.0', id, source: 's', type, data, topic: 't', pubsubname: 'p' };
  return linesOf({ kind: 'event', topic: 't', isPermanent: true, error: new Error('wrong'), event });
}

test('logFailure: ids are logged, other values are not', () => {
  const good = logged('order|TW-1|3', 'order.changed', { orderId: 'TW-1' });
  assert.match(good, /"eventId":"order\|TW-1\|3","eventType":"order.changed","orderId":"TW-1"/);
  const odd = logged('ada@example.org', 'x\ny', { order: { orderId: 'Ada Tern' } });
  assert.doesNotMatch(odd, /ada@|Ada|x\\ny/);
});

test('logFailure: a repeated event is a warning from its fourth attempt on', () => {
  const levelOf = (attempt?: number): unknown => {
    const event = { id: 'e', source: 's', type: 'charge', data: {}, topic: 't', pubsubname: 'p', attempt };
    const failure = { kind: 'event', topic: 't', isPermanent: false, error: new Error('503'), event } as const;
    return (JSON.parse(linesOf(failure)) as { readonly level: unknown }).level;
  };
  assert.deepEqual([1, 3, 4, 12, undefined].map(levelOf), ['info', 'info', 'warn', 'warn', 'warn']);
});

test('orderIdOf: reads the data or the order in it, however deep the rest is nested', () => {
  assert.equal(orderIdOf({ orderId: 'TW-1' }), 'TW-1');
  assert.equal(orderIdOf({ order: { orderId: 'TW-2' } }), 'TW-2');
  assert.equal(orderIdOf(null), undefined);
  const deep = JSON.parse(`${'{"order":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as unknown;
  assert.equal(orderIdOf(deep), undefined);
});
