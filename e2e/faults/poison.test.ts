import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { ProductView } from '@tidewater/contracts/storefront.ts';
import { terminalStatuses } from '@tidewater/contracts/order-status.ts';
import { topics } from '@tidewater/contracts/topics.ts';
import { root } from '../../infra/launcher/folders.ts';
import { type DeadLetter, staffApi } from '../../infra/operate/staff-api.ts';
import { netCharged } from '../harness/ledger-checks.ts';
import { homeOf, logOf } from '../harness/secrets.ts';
import { Shopper } from '../harness/shopper.ts';
import { eventually } from '../harness/store.ts';
import {
  cardToken,
  namesItsOrder,
  type OrderTopic,
  type Poison,
  type Product,
  publishAll,
  spoiled,
  valid,
} from './poison-events.ts';
import { expectExact, isListed, openFixture, type FaultsFixture, seconds } from './fixture.ts';

/** A valid order takes this long at most, however many others cannot be processed. Typically below 5 s. */
const maxOrderMs = 20_000;

/** The topics that order writes, and their consumers. */
const orderTopics: Readonly<Record<OrderTopic, string>> = {
  orders: 'storefront',
  'order-records': 'order',
  'stock-commands': 'catalog',
  'payment-commands': 'payment',
};

describe('1,850 messages that cannot be processed', { timeout: 240_000 }, () => {
  let fixture: FaultsFixture;
  let product: Product;
  let usualMs: number;
  const sent: Record<string, readonly Poison[]> = {};

  before(async () => {
    // As in production: the test checks the number of repeats.
    fixture = await openFixture({ WATCHDOG_SECONDS: '15' });
    const id = await fixture.product(2000);
    const { product: result } = await new Shopper(fixture.store.url).get<ProductView>(`/api/products/${id}`);
    product = { id, name: result.name, amount: result.price.amount, token: await cardToken(running) };
    usualMs = await measureValidOrder();
  });
  after(() => fixture.close());

  const running = () => fixture.store.running();
  const staff = () => staffApi({ url: running().urls.order ?? '', token: running().staffToken });

  /** The time from checkout to the final status. */
  async function measureValidOrder(): Promise<number> {
    const shopper = new Shopper(fixture.store.url);
    const productId = await fixture.product(5);
    const begun = Date.now();
    const orderId = await shopper.buy(productId);
    await isListed(shopper, orderId, 'delivered');
    const ms = Date.now() - begun;
    await expectExact(fixture, await shopper.order(orderId), { productId, before: 5 });
    return ms;
  }

  /** Publishes them, and places a valid order in between. */
  async function publishAlongside(t: TestContext, kind: string, events: readonly Poison[]): Promise<void> {
    sent[kind] = events;
    const half = events.length / 2;
    await publishAll(running, events.slice(0, half));
    const [ms] = await Promise.all([measureValidOrder(), publishAll(running, events.slice(half))]);
    t.diagnostic(`a valid order: ${seconds(ms)} beside ${events.length} others, otherwise ${seconds(usualMs)}`);
    assert.ok(ms < Math.max(maxOrderMs, 2 * usualMs), `took ${ms} ms`);
  }

  async function deadLetters(state?: string): Promise<readonly DeadLetter[]> {
    const all: DeadLetter[] = [];
    for (let from: string | undefined; ;) {
      const page = await staff().list({ state, limit: 200, before: from });
      all.push(...page.deadLetters);
      if (!page.before) return all;
      from = page.before;
    }
  }

  /** Each order of the kind has at least one dead letter of this consumer. */
  async function waitForDeadLetters(kind: string, consumer: string): Promise<readonly DeadLetter[]> {
    const traces = new Set((sent[kind] ?? []).map(({ traceId }) => traceId));
    const matching = await eventually(
      `the dead letters of ${consumer}, ${kind}`,
      async () =>
        (await deadLetters('open')).filter(
          (deadLetter) => deadLetter.consumer === consumer && traces.has(deadLetter.traceId ?? ''),
        ),
      (result) => new Set(result.map(({ traceId }) => traceId)).size === traces.size,
      40_000,
    );
    for (const { id, reason, attempts, eventType } of matching)
      assert.ok(reason && (attempts ?? 0) >= 1 && eventType, `dead letter ${id} lacks reason, attempts or type`);
    return matching;
  }

  async function waitUntilAllEnd(kind: string): Promise<ReadonlyMap<string, number>> {
    const orderIds = (sent[kind] ?? []).filter(namesItsOrder).map(({ orderId }) => orderId);
    const rows = await eventually(
      `all orders of ${kind} ending`,
      () =>
        fixture.rows<{ status: string; count: string }>(
          'select status, count(*) from ordering.orders where order_id = any($1) group by status',
          [orderIds],
        ),
      (result) =>
        result.reduce((sum, { count }) => sum + Number(count), 0) === orderIds.length &&
        result.every(({ status }) => (terminalStatuses as readonly string[]).includes(status)),
      60_000,
    );
    return new Map(rows.map(({ status, count }) => [status, Number(count)]));
  }

  test('400 checkouts with invalid data: become dead letters, and their orders end', async (t) => {
    await publishAlongside(t, 'checkouts', spoiled('carts', 'PA', 400, product));
    t.diagnostic(
      `those that name order and shopper: ${JSON.stringify(Object.fromEntries(await waitUntilAllEnd('checkouts')))}`,
    );
    await fixture.broker.drained();
    await waitForDeadLetters('checkouts', 'order');
  });

  test('250 messages to each of four consumers with invalid data: become dead letters', async (t) => {
    const topicsOf = Object.entries(orderTopics) as [OrderTopic, string][];
    const messages = topicsOf.flatMap(([topic], index) => spoiled(topic, `PB${index}`, 250, product));
    await publishAlongside(t, 'messages', messages);
    await fixture.broker.drained();
    for (const [topic, consumer] of topicsOf) {
      sent[topic] = messages.filter((message) => message.topic === topic);
      await waitForDeadLetters(topic, consumer);
      delete sent[topic];
    }
  });

  test('150 orders whose reservation violates a constraint: each ends as rejected', async (t) => {
    await fixture.rows(
      "alter table catalog.reservations add constraint poison check (order_id not like 'PC-%') not valid",
    );
    await publishAlongside(t, 'reservations', valid('PC', 150, product));
    t.diagnostic(JSON.stringify(Object.fromEntries(await waitUntilAllEnd('reservations'))));
    await fixture.broker.drained();
    const matching = await waitForDeadLetters('reservations', 'catalog');
    assert.ok(matching.every(({ orderId }) => orderId?.startsWith('PC-')));
  });

  test('150 orders whose payment violates a constraint: each ends uncharged, with its stock released', async (t) => {
    await fixture.rows("alter table payment.payments add constraint poison check (order_id not like 'PD-%') not valid");
    await publishAlongside(t, 'payments', valid('PD', 150, product));
    t.diagnostic(JSON.stringify(Object.fromEntries(await waitUntilAllEnd('payments'))));
    await fixture.broker.drained();
    await waitForDeadLetters('payments', 'payment');
    await fixture.ledger.availableBecomes(product.id, 2000);
  });

  test('150 orders with transient failures in catalog: do not delay others, and are delivered', async (t) => {
    await fixture.rows(`create function catalog.poison() returns trigger language plpgsql as
      $$ begin if new.order_id like 'PE-%' then raise exception 'poison' using errcode = '55P03'; end if; return new; end $$`);
    await fixture.rows(
      'create trigger poison before insert on catalog.reservations for each row execute function catalog.poison()',
    );
    await publishAlongside(t, 'failures', valid('PE', 150, product));
    await fixture.rows('drop function catalog.poison cascade');
    assert.deepEqual(Object.fromEntries(await waitUntilAllEnd('failures')), { delivered: 150 });
  });

  test('dead letters: are counted by a gauge and logged as errors with the order', async () => {
    const open = (await deadLetters('open')).length;
    assert.ok(open >= 400 + 4 * 250 + 150 + 150, `${open} are open`);
    assert.ok(open < 2_500, `${open} are open: the same orders make new ones again and again`);
    assert.equal(await gauge(), open);
    for (const [app, order] of [
      ['order', 'PA-0'],
      ['catalog', 'PC-7'],
      ['payment', 'PD-7'],
    ] as const) {
      const lines = logOf(running(), app)
        .split('\n')
        .filter((line) => line.includes('"level":"error"') && line.includes(`"${order}"`));
      assert.ok(lines.length > 0, `${app}.log has no error line for ${order}`);
    }
  });

  test('npm run dead-letters: list and show print them', async (t) => {
    const listed = await command<DeadLetter[]>('list', '--limit', '1000', '--json');
    const open = await deadLetters('open');
    t.diagnostic(`${open.length} are open`);
    assert.deepEqual(
      listed.map(({ id }) => id),
      open.slice(0, 1000).map(({ id }) => id),
    );
    const one = open.find(({ orderId, consumer }) => orderId === 'PC-7' && consumer === 'catalog');
    assert.ok(one);
    const shown = await command<DeadLetter & { data?: unknown }>('show', one.id, '--json');
    assert.equal(shown.id, one.id);
    assert.equal(shown.traceId, sent.reservations?.[7]?.traceId);
    assert.match(shown.reason ?? '', /constraint/);
    assert.ok(JSON.stringify(shown).includes(product.id), 'the message itself is not shown');
  });

  test('npm run dead-letters -- redrive: after the cause is fixed they are published in their traces and processed', async () => {
    await fixture.rows('alter table catalog.reservations drop constraint poison');
    await fixture.rows('alter table payment.payments drop constraint poison');
    const open = await deadLetters('open');
    const selected = open.filter(({ orderId }) => /^P[CD]-/.test(orderId ?? ''));
    const commandTopics = [topics.stockCommands, topics.paymentCommands];
    const from = await Promise.all(commandTopics.map((topic) => fixture.broker.next(topic)));
    const ids = selected.map(({ id }) => id);
    const { done, failed } = await command<{ done: string[]; failed: unknown[] }>('redrive', ...ids, '--json');
    assert.deepEqual([done.length, failed], [ids.length, []]);
    await fixture.broker.drained();
    const again = (
      await Promise.all(commandTopics.map((topic, index) => fixture.broker.events(topic, from[index])))
    ).flat();
    for (const { traceId, orderId } of selected)
      assert.ok(
        again.some(({ data, traceparent }) => data.orderId === orderId && traceparent?.split('-')[1] === traceId),
        `${orderId} was not published again in the trace ${traceId}`,
      );
    const left = await deadLetters('open');
    assert.deepEqual(
      left.filter(({ orderId }) => /^P[CD]-/.test(orderId ?? '')),
      [],
    );
    assert.equal(await gauge(), open.length - selected.length);
  });

  test('npm run dead-letters -- discard --all: afterwards every order has ended, uncharged, and the stock is exact', async (t) => {
    const before = (await deadLetters('open')).length;
    const { done } = await command<{ done: string[] }>('discard', '--all', '--json');
    assert.equal(done.length, before);
    assert.equal(await gauge(), 0);
    for (const kind of ['reservations', 'payments', 'failures'])
      t.diagnostic(`${kind}: ${JSON.stringify(Object.fromEntries(await waitUntilAllEnd(kind)))}`);
    await fixture.broker.drained();
    await fixture.ledger.availableBecomes(product.id, 2000 - 150);
    const events = Object.values(sent).flat();
    assert.equal(events.length, 400 + 1_000 + 450);
    for (const { orderId } of [...(sent.reservations ?? []), ...(sent.payments ?? [])])
      assert.equal(netCharged(await fixture.ledger.charges(orderId)), 0, orderId);
    assert.deepEqual(await fixture.ledger.invariants(), []);
    const ms = await measureValidOrder();
    t.diagnostic(`a valid order afterwards: ${seconds(ms)}`);
  });

  async function gauge(): Promise<number> {
    const { urls, staffToken } = running();
    const response = await fetch(`${urls.order}/metrics`, { headers: { authorization: `Bearer ${staffToken}` } });
    const value = /^store_dead_letters_open(?:\{[^}]*\})? (\d+)$/m.exec(await response.text())?.[1];
    assert.ok(value !== undefined, 'store_dead_letters_open is not among the metrics');
    return Number(value);
  }

  /** `npm run dead-letters -- …` for this store; what it prints. */
  async function command<T>(...args: readonly string[]): Promise<T> {
    const home = homeOf(running());
    const child = spawn(process.execPath, [join(root, 'infra/dead-letters.ts'), ...args, '--home', home], {
      cwd: root,
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(code, 0, `dead-letters ${args[0]}: ${errors}${output.slice(0, 1000)}`);
    return JSON.parse(output) as T;
  }
});
