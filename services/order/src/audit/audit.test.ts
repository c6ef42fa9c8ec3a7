import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaprError } from '@outrigger/sdk';
import { movableClock } from '@outrigger/sdk/testing';
import type { OrderCommand } from '@tidewater/contracts/events.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { silentLog } from '@tidewater/kit/log.ts';
import type { LogFields } from '@tidewater/kit/log.ts';
import { recordOf } from '../commands/order-messages.ts';
import type { OrderQueries, OrderRow } from '../queries/order-queries.ts';
import type { Orders } from '../commands/order-actor.ts';
import { sampleRequest } from '../testing.ts';
import { orderAudit } from './audit.ts';
import type { Ledgers } from './clients.ts';
import { balanceProblem, stockProblem } from './expectations.ts';

const minute = 60_000;
const total = sampleRequest.total.amount;

interface Sample {
  status: OrderStatus;
  commands?: readonly OrderCommand[];
  /** As the projection has it, when that is behind. */
  projected?: OrderStatus;
  captured?: number;
  refunded?: number;
  stock?: string;
  ageMs?: number;
}

function open(samples: Record<string, Sample>) {
  const clock = movableClock(Date.UTC(2026, 0, 10));
  const errors: LogFields[] = [];
  const repeated: string[] = [];
  const unavailable = { payment: false };
  const unreadable = new Set<string>();
  const corrected: string[] = [];
  const repair = { correct: async (orderId: string) => void corrected.push(orderId) };
  const changedAt = ({ ageMs = 10 * minute }: Sample): number => Date.UTC(2026, 0, 10) - ageMs;
  const rowOf = ([orderId, sample]: [string, Sample]): OrderRow => {
    const status = sample.projected ?? sample.status;
    const isSettled = !['paid', 'packed', 'shipped', 'awaiting-payment', 'submitted'].includes(status);
    return { orderId, status, isSettled, total };
  };
  const rows = (condition: (id: string, at: number) => boolean): OrderRow[] =>
    Object.entries(samples)
      .filter(([id, sample]) => condition(id, changedAt(sample)))
      .map(rowOf)
      .toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1));
  const queries: OrderQueries = {
    unfinished: async () => [],
    withoutProgress: async () => ({ count: 0, oldest: [] }),
    changedBetween: async ({ after, limit, from, to }) =>
      rows((id, at) => id > after && at >= from && at < to).slice(0, limit),
    byIds: async (ids, { to }) => rows((id, at) => ids.includes(id) && at < to),
  };
  const ledgers: Ledgers = {
    async balances(ids) {
      if (unavailable.payment) throw new DaprError(503, 'ERR', 'no response');
      return ids.flatMap((orderId) => {
        const { captured, refunded = 0 } = samples[orderId] ?? {};
        return captured === undefined ? [] : [{ orderId, captured, refunded, currency: 'EUR' }];
      });
    },
    stock: async (ids) =>
      ids.flatMap((orderId) => {
        const state = samples[orderId]?.stock;
        return state === undefined ? [] : [{ orderId, state }];
      }),
  };
  const orders = {
    get: (orderId: string) => ({
      async events() {
        const sample = samples[orderId];
        if (unreadable.has(orderId)) throw new DaprError(500, 'ERR', 'no such turn');
        if (sample === undefined) return [];
        const { status, commands = [] } = sample;
        const at = new Date(changedAt(sample)).toISOString();
        return [
          recordOf(
            { ...sampleRequest, orderId },
            { version: 5, status, at, triggeredBy: 'order', input: 'x', commands },
          ),
        ];
      },
      repeatStockCommand: async () => void repeated.push(orderId),
    }),
  } as unknown as Orders;
  const log = { ...silentLog, error: (fields: LogFields) => void errors.push(fields) };
  const audit = orderAudit({ context: { clock, log }, queries, orders, ledgers, repair });
  return { audit, errors, repeated, unavailable, unreadable, corrected, samples, clock };
}

const sound: Record<string, Sample> = {
  a: { status: 'delivered', captured: total, stock: 'committed' },
  b: { status: 'refunded', captured: total, refunded: total, stock: 'restocked' },
  c: { status: 'rejected', stock: 'rejected' },
  d: { status: 'cancelled', stock: 'released' },
  e: { status: 'awaiting-payment', captured: total, stock: 'reserved' },
  f: { status: 'cancelled', commands: ['unwind-payment'], projected: 'awaiting-payment', captured: total },
};

test('audit: orders, money and stock that agree are no violation', async () => {
  const { audit, errors } = open(sound);
  await audit.run();
  assert.deepEqual([audit.report(), errors], [{ ok: true, problems: [] }, []]);
});

test('audit: a delivered order without a charge is a violation, logged once and reported until it is repaired', async () => {
  const { audit, errors, samples } = open({ ...sound, x: { status: 'delivered', captured: 0, stock: 'committed' } });
  await audit.run();
  await audit.run();
  assert.deepEqual(
    errors.map(({ event, orderIds }) => [event, orderIds]),
    [['invariant-violated', ['x']]],
  );
  assert.match(audit.report().problems.join(), /order x is delivered: 181750 EUR cents expected, 0 captured/);
  samples['x'] = { status: 'delivered', captured: total, stock: 'committed' };
  await audit.run();
  assert.equal(audit.report().ok, true);
});

for (const [description, sample] of [
  ['cancelled and charged', { status: 'cancelled', captured: total, stock: 'released' }],
  ['refunded in part', { status: 'refunded', captured: total, refunded: total - 1, stock: 'restocked' }],
  ['paid twice', { status: 'paid', captured: 2 * total, stock: 'committed' }],
  ['shipped and unknown to payment', { status: 'shipped', stock: 'committed' }],
] as const) {
  test(`audit: an order that is ${description} is a violation`, async () => {
    const { audit } = open({ x: sample });
    await audit.run();
    assert.equal(audit.report().problems.length, 1);
  });
}

test('audit: an outdated projection is no violation, nor is an order that has just changed', async () => {
  const { audit } = open({
    behind: { status: 'refunded', projected: 'paid', captured: total, refunded: total, stock: 'restocked' },
    fresh: { status: 'delivered', captured: 0, ageMs: minute / 2 },
  });
  await audit.run();
  assert.equal(audit.report().ok, true);
});

test('audit: each of many violations is reported, and removed once it is repaired', async () => {
  const violations = Array.from({ length: 65 }, (_, n): [string, Sample] => [
    `v${String(n).padStart(2, '0')}`,
    { status: 'delivered', captured: 0, stock: 'committed' },
  ]);
  const { audit, samples } = open(Object.fromEntries(violations));
  for (let run = 0; run < 4; run++) await audit.run();
  assert.equal(audit.report().problems.length, 65);
  for (const [id] of violations) samples[id] = { status: 'delivered', captured: total, stock: 'committed' };
  await audit.run();
  assert.equal(audit.report().ok, true);
});

test('audit: a projection that differs from the order is corrected', async () => {
  const { audit, corrected } = open({
    sound: { status: 'delivered', captured: total, stock: 'committed' },
    forged: { status: 'delivered', projected: 'refunded', captured: total, stock: 'committed' },
  });
  await audit.run();
  assert.deepEqual([corrected, audit.report().ok], [['forged'], true]);
});

test('audit: an order that cannot be read hides no other violation', async () => {
  const { audit, unreadable } = open({
    a: { status: 'delivered', captured: 0, stock: 'committed' },
    b: { status: 'delivered', captured: 0, stock: 'committed' },
  });
  unreadable.add('a');
  await audit.run();
  assert.match(audit.report().problems.join(), /^order b is delivered/);
});

test('audit: while payment is unavailable nothing is reported', async () => {
  const { audit, errors, unavailable } = open({ x: { status: 'delivered' } });
  unavailable.payment = true;
  await audit.run();
  assert.deepEqual([audit.report().ok, errors], [true, []]);
});

test('audit: a stock command without effect is repeated three times, then it is a violation', async () => {
  const { audit, errors, repeated, samples } = open({
    healed: { status: 'cancelled', stock: 'reserved' },
    stuck: { status: 'delivered', captured: total, stock: 'reserved' },
  });
  await audit.run();
  samples['healed'] = { status: 'cancelled', stock: 'released' };
  for (let run = 0; run < 4; run++) await audit.run();
  assert.deepEqual(
    [repeated.filter((id) => id === 'healed').length, repeated.filter((id) => id === 'stuck').length],
    [1, 3],
  );
  assert.match(audit.report().problems.join(), /^order stuck is delivered: its stock is reserved$/);
  assert.equal(errors.length, 1);
});

test('audit: orders older than two days are checked too, some with each run', async () => {
  const samples = Object.fromEntries(
    Array.from({ length: 450 }, (_, n) => [
      `o${String(n).padStart(3, '0')}`,
      { status: 'delivered', captured: n === 430 ? 0 : total, stock: 'committed', ageMs: 72 * 60 * minute } as Sample,
    ]),
  );
  const { audit } = open(samples);
  await audit.run();
  await audit.run();
  assert.equal(audit.report().ok, true);
  await audit.run();
  assert.match(audit.report().problems.join(), /order o430/);
});

test('balanceProblem and stockProblem: orders in progress are not compared', () => {
  const order = { orderId: 'x', status: 'awaiting-payment', isSettled: false, total } as const;
  assert.equal(balanceProblem(order, undefined), undefined);
  assert.equal(stockProblem(order, 'reserved'), undefined);
  const paid = { ...order, status: 'paid' } as const;
  const balance = { orderId: 'x', captured: total, refunded: 0, currency: 'USD' };
  assert.match(balanceProblem(paid, balance) ?? '', /in USD/);
});
