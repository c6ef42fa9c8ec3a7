import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyOf } from './latency.ts';
import { byKind, cpuPer, type StoreLevel } from './store-level.ts';
import { storeGoals, storeReportOf } from './store-report.ts';
import { pageNames } from './store-shopper.ts';

const usage = (cpuMs: number) => ({ cpuMs, pssMb: 50 });
const zero = byKind({});

function level(shoppers: number, ordersPerSecond: number, cpuMs: number): StoreLevel {
  const latency = latencyOf([3, 5, 40]);
  return {
    shoppers,
    orders: ordersPerSecond * 10,
    seconds: 10,
    unavailable: 0,
    cpuMs: { ...zero, services: cpuMs },
    cpuMsByProgram: { order: cpuMs },
    delivery: latency,
    pages: Object.fromEntries(pageNames.map((name) => [name, latency])) as StoreLevel['pages'],
  };
}

test('cpuPer: processor time used meanwhile, also by a program that was restarted', () => {
  const used = cpuPer(10, { order: usage(100) }, { order: usage(300), nats: usage(50) });
  assert.deepEqual(used, { order: 20, nats: 5 });
});

test('byKind: programs of one kind are summed', () => {
  assert.deepEqual(byKind({ order: 2, cart: 3, 'cart/sidecar': 4, postgres: 1 }), {
    ...zero,
    services: 5,
    sidecars: 4,
    postgres: 1,
  });
});

test('storeGoals: goals of levels that were not measured are left out', () => {
  const memory = { before: zero, after: { ...zero, services: 500, postgres: 900 }, orders: 2000 };
  assert.deepEqual(
    storeGoals({ levels: [level(64, 160, 30)], memory }).map(({ what, isReached }) => [what, isReached]),
    [
      ['whole orders at 64 shoppers', true],
      ['processor time of an order at 64 shoppers', false],
      ['memory of all programs but Postgres after 2000 orders', true],
    ],
  );
});

test('storeReportOf: a row for each level', () => {
  const report = storeReportOf({
    date: '2026-01-02',
    commit: 'abc',
    machine: 'm',
    versions: ['Node 24'],
    loadBefore: 0.5,
    levels: [level(1, 20, 30), level(64, 160, 19)],
    idle: zero,
    memory: { before: zero, after: zero, orders: 2000 },
  });
  assert.match(report, /^\| 64 \| 160 \| 0 \| 5 \/ 40 ms \| 19\.0 \|/m);
  assert.match(report, /add to cart, p50, one shopper \| 5\.0 ms \| ≤ 4 ms \| \*\*missed\*\*/);
});
