import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import { jsonLog } from '@tidewater/kit/log.ts';
import { metricsOf } from '@tidewater/kit/metrics.ts';
import { startInvariantMonitor } from './invariant-monitor.ts';
import type { Invariants } from './payment-invariants.ts';
import { ProviderUnavailableError } from '../clients/provider-client.ts';

const turns = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

function open(check: () => Promise<Invariants>) {
  const clock = movableClock(0);
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = jsonLog({ app: 'payment', write, now: () => clock.now(), traceId: () => undefined });
  const metrics = metricsOf('payment');
  let checks = 0;
  const monitor = startInvariantMonitor({
    clock,
    log,
    metrics,
    everyMs: 60_000,
    check() {
      checks++;
      return check();
    },
  });
  return {
    lines,
    monitor,
    checks: () => checks,
    pass: async (ms: number) => {
      clock.moveTo(clock.now() + ms);
      await turns();
    },
    gauge: async () => {
      const text = (await metrics.text()).text;
      return Number(/^store_payment_invariant_violations\{[^}]*\} (\S+)$/m.exec(text)?.[1]);
    },
  };
}

const broken: Invariants = { ok: false, problems: ['order o1 was charged 2 times'] };
const satisfied: Invariants = { ok: true, problems: [] };

test('invariant monitor: a violation is one error line, and a gauge until it is resolved', async () => {
  let result = broken;
  const { lines, pass, gauge } = open(() => Promise.resolve(result));
  await pass(59_999);
  assert.deepEqual(lines, []);
  await pass(1);
  await pass(60_000);
  assert.equal(await gauge(), 1);
  assert.deepEqual(
    lines.map(({ level, event, problems }) => ({ level, event, problems })),
    [{ level: 'error', event: 'invariant-violated', problems: broken.problems }],
  );
  result = satisfied;
  await pass(60_000);
  assert.equal(await gauge(), 0);
  result = broken;
  await pass(60_000);
  assert.equal(lines.filter(({ event }) => event === 'invariant-violated').length, 2);
});

test('invariant monitor: a provider that cannot be reached is no violation', async () => {
  const { lines, pass, gauge, checks } = open(() => Promise.reject(new ProviderUnavailableError('down')));
  await pass(60_000);
  await pass(60_000);
  assert.equal(checks(), 2);
  assert.equal(await gauge(), 0);
  assert.deepEqual(lines, []);
});

test('invariant monitor: checks do not overlap, and stop when it is closed', async () => {
  const { promise, resolve } = Promise.withResolvers<Invariants>();
  const { pass, checks, monitor } = open(() => promise);
  await pass(60_000);
  await pass(600_000);
  assert.equal(checks(), 1);
  resolve(satisfied);
  await pass(0);
  await pass(60_000);
  assert.equal(checks(), 2);
  await monitor.close();
  await pass(600_000);
  assert.equal(checks(), 2);
});
