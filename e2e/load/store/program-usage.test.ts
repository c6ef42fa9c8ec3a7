import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, parseStat, treeOf } from './program-usage.ts';

const stat = (pid: number, name: string, parent: number): string =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 100 200 0 0 7 3 20 10 20 0 11 0 500 1000 50`;

test('parseStat: processor time with that of ended children, whatever the name holds', () => {
  assert.deepEqual(parseStat(stat(12, 'postgres: a) b', 3)), { pid: 12, parent: 3, cpuMs: 400 });
  assert.throws(() => parseStat('nonsense'), TypeError);
});

test('treeOf: a program with all its descendants', () => {
  const all = [stat(1, 'init', 0), stat(5, 'pg', 1), stat(6, 'pg', 5), stat(7, 'pg', 6), stat(8, 'node', 1)].map(
    parseStat,
  );
  assert.deepEqual(
    treeOf(5, all).map(({ pid }) => pid),
    [5, 6, 7],
  );
});

test('kindOf: a sidecar is not its service', () => {
  assert.deepEqual(['order', 'order/sidecar', 'nats', 'provider'].map(kindOf), [
    'services',
    'sidecars',
    'nats',
    'provider',
  ]);
});
