import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inParallel } from '../hostile/in-parallel.ts';
import { seedOfRun } from '../hostile/seeded.ts';
import { ledgerChecks, netCharged } from '../harness/ledger-checks.ts';
import { eventually, startStore, type StoreUnderTest } from '../harness/store.ts';
import { emailAddress, isErrorLine, logLines, memoryOf, unfinishedConsumers } from './aftermath.ts';
import { type Attack, attackClient } from './attack-client.ts';
import { type Entrance, nameOf, pathAttacks, stringAttacks } from './entrances.ts';
import { actorCalls, forgedEvents } from './forged-calls.ts';
import { hostileStrings } from './hostile-strings.ts';
import { otherRoutes } from './other-routes.ts';
import { buyWithOddNames } from './odd-names.ts';
import { disguises, pathTricks } from './path-tricks.ts';
import { customer, type Scene, setScene } from './scene.ts';
import { serviceEntrances, storefrontEntrances } from './store-entrances.ts';
import { complaint } from './verdict.ts';

const atOnce = 16;
const slowMs = 2_000;
const mostMegabytes = 450;

describe('the store under hostile input', { timeout: 600_000 }, () => {
  const seed = seedOfRun();
  const strings = hostileStrings(seed);
  const client = attackClient(atOnce);
  const report = process.env.SHOW_OUTPUT ? console.log : (): void => {};
  let store: StoreUnderTest;
  let scene: Scene;
  /** What other routes respond, which no path trick may bring. */
  let others: readonly string[];
  let sent = 0;

  before(async () => {
    store = await startStore({ env: { GRACE_SECONDS: '1', FULFILMENT_SECONDS: '0.3' } });
    scene = await setScene(store);
    others = await otherRoutes(scene);
  });
  after(async () => {
    client.close();
    await store?.stop();
  });

  /** Sends all of them; what was slow is sent again alone, as the machine may have been busy with something else. */
  async function attack(attacks: readonly Attack[], secrets: readonly string[] = []): Promise<void> {
    const [cart, order] = await Promise.all([scene.victim.cart(), scene.victim.order()]);
    const complaints: string[] = [];
    const slow: Attack[] = [];
    const counts: Record<string, number> = {};
    const begun = Date.now();
    await inParallel(atOnce, attacks, async (each) => {
      if (complaints.length >= 20) return;
      try {
        const response = await client.send(each);
        counts[response.status] = (counts[response.status] ?? 0) + 1;
        if (response.ms > slowMs) slow.push(each);
        const wrong = complaint(each, response, secrets);
        if (wrong !== undefined) complaints.push(wrong);
      } catch (error) {
        complaints.push(error instanceof Error ? error.message : String(error));
      }
    });
    for (const each of slow.slice(0, 10)) {
      const { ms } = await client.send(each);
      if (ms > slowMs) complaints.push(`${each.what}: took ${Math.round(ms)} ms`);
    }
    sent += attacks.length;
    for (const each of slow) report(`slow: ${each.what}`);
    report(`${attacks.length} requests in ${Date.now() - begun} ms, ${slow.length} slow: ${JSON.stringify(counts)}`);
    assert.deepEqual(complaints, [], `seed ${seed}`);
    assert.deepEqual(await scene.victim.cart(), cart, 'the cart of somebody else changed');
    assert.deepEqual(await scene.victim.order(), order, 'the order of somebody else changed');
  }

  const tricks = (id: string, targets: readonly string[]): readonly string[] => pathTricks(id, targets, seed);
  const groups: Readonly<Record<string, (scene: Scene) => readonly Entrance[] | Promise<readonly Entrance[]>>> = {
    'the storefront': storefrontEntrances,
    'each service’s own port': serviceEntrances,
    'forged events': forgedEvents,
    'actor methods': actorCalls,
  };

  test('corpus: 200 strings and 100 path tricks at least, none twice', () => {
    assert.ok(new Set(strings.map(({ text }) => text)).size >= 200);
    assert.ok(new Set(tricks('abc', ['invariants'])).size >= 100);
  });

  for (const [name, entrances] of Object.entries(groups))
    test(`${name}: each hostile string in each text field`, { timeout: 240_000 }, async () => {
      for (const entrance of await entrances(scene)) {
        report(nameOf(entrance));
        await attack(stringAttacks(entrance, strings));
      }
    });

  for (const [name, entrances] of Object.entries(groups))
    test(`${name}: each path trick for each id reaches no other route`, { timeout: 240_000 }, async () => {
      const attacks = (await entrances(scene)).flatMap((entrance) => pathAttacks(entrance, tricks));
      await attack(attacks, others);
    });

  test('the storefront: sidecar routes are hidden, however their address is written', async () => {
    const port = Number(new URL(store.url).port);
    const paths = ['/dapr/subscribe', '/dapr/config', '/events/pubsub/stock', '/events/pubsub/orders', '/metrics'];
    const event = JSON.stringify({
      type: 'stock.changed',
      data: { productId: scene.victim.productId, available: 666 },
    });
    const attacks = paths.flatMap((path) =>
      disguises(path, store.url).flatMap((target): readonly Attack[] => [
        { what: `GET ${target}`, port, method: 'GET', target, headers: {}, mayClose: true },
        {
          what: `POST ${target}`,
          port,
          method: 'POST',
          target,
          headers: { 'content-type': 'application/cloudevents+json' },
          body: event,
          mayClose: true,
        },
      ]),
    );
    await attack(attacks, [...others, '"SUCCESS"', '"RETRY"', '"DROP"']);
  });

  test('odd but proper names: each is delivered, and shown as it was written', { timeout: 120_000 }, () =>
    buyWithOddNames(store, strings),
  );

  describe('afterwards', () => {
    test('an honest order is delivered and charged once', async () => {
      const ledger = ledgerChecks(() => store.running());
      const { orderId, order } = await customer(store, 'anchor');
      const { total } = await order();
      assert.equal(netCharged(await ledger.charges(orderId)), total.amount);
    });

    test('every consumer has acknowledged everything', async () => {
      await eventually(
        'consumers finishing',
        () => unfinishedConsumers(store.running()),
        (left) => left.length === 0,
        60_000,
      );
    });

    test('the invariants hold', async () => {
      const ledger = ledgerChecks(() => store.running());
      await eventually(
        'invariants holding',
        () => ledger.invariants(),
        (problems) => problems.length === 0,
        20_000,
      );
    });

    test(`no program holds more than ${mostMegabytes} MB`, () => {
      const memory = memoryOf(store.running());
      report(`${sent} requests; memory in MB: ${JSON.stringify(memory)}`);
      const large = Object.entries(memory).filter(([, megabytes]) => megabytes > mostMegabytes);
      assert.deepEqual(large, []);
    });

    test('logs: no error but messages that cannot be processed, and no e-mail address', () => {
      const lines = logLines(store.running());
      const errors = lines.filter(
        (line) => isErrorLine(line) && !/dead.letter|event-dropped|cannot be processed/i.test(line.text),
      );
      assert.deepEqual(errors.slice(0, 5), []);
      const personal = lines.filter(({ text }) => emailAddress.test(text));
      assert.deepEqual(personal.slice(0, 5), []);
    });

    test('programs: none ended in the meantime', () => {
      assert.doesNotMatch(store.output(), /starting it again/);
    });
  });
});
