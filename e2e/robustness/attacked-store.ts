import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startStore, type StoreUnderTest } from '../harness/store.ts';
import { inParallel } from '../hostile/in-parallel.ts';
import { seedOfRun } from '../hostile/seeded-random.ts';
import { type Attack, attackClient } from './attack-client.ts';
import { otherRoutes } from './other-routes.ts';
import { type AttackFixture, createFixture } from './fixture.ts';
import { violationIn } from './response-rules.ts';

const atOnce = 16;
const slowMs = 2_000;
/** The test stops after this many. */
const mostComplaints = 20;

export const seed = seedOfRun();

/** Prints progress with SHOW_OUTPUT=1. */
export const report = process.env.SHOW_OUTPUT ? console.log : (): void => {};

/** A store that is started for the tests of the current suite, with a customer whom no attack may affect. */
export interface AttackedStore {
  store(): StoreUnderTest;
  fixture(): AttackFixture;
  /** The total number of requests. */
  sent(): number;
  /** Texts of responses of other routes, which no path trick may return. */
  others(): readonly string[];
  /** Sends all of them and checks each response; fails on a violation, or when the customer's cart or order changed. */
  attack(attacks: readonly Attack[], secrets?: readonly string[]): Promise<void>;
}

export function attackedStore(): AttackedStore {
  const client = attackClient(atOnce);
  let store: StoreUnderTest | undefined;
  let fixture: AttackFixture | undefined;
  let others: readonly string[] = [];
  let sent = 0;
  before(async () => {
    store = await startStore({ env: { GRACE_SECONDS: '1', FULFILMENT_SECONDS: '0.3' } });
    fixture = await createFixture(store);
    others = await otherRoutes(fixture);
  });
  after(async () => {
    client.close();
    await store?.stop();
  });
  const present = <T>(value: T | undefined): T => value ?? assert.fail('the store is not started');

  async function attack(attacks: readonly Attack[], secrets: readonly string[] = []): Promise<void> {
    const { victim } = present(fixture);
    const [cart, order] = await Promise.all([victim.cart(), victim.order()]);
    const complaints: string[] = [];
    const slow: Attack[] = [];
    const counts: Record<string, number> = {};
    const begun = Date.now();
    await inParallel(atOnce, attacks, async (each) => {
      if (complaints.length >= mostComplaints) return;
      try {
        const response = await client.send(each);
        counts[response.status] = (counts[response.status] ?? 0) + 1;
        if (response.ms > slowMs) slow.push(each);
        const wrong = violationIn(each, response, secrets);
        if (wrong !== undefined) complaints.push(wrong);
      } catch (error) {
        complaints.push(error instanceof Error ? error.message : String(error));
      }
    });
    // Repeated alone, as the machine may have been busy.
    for (const each of slow.slice(0, 10)) {
      const { ms } = await client.send(each);
      if (ms > slowMs) complaints.push(`${each.what}: took ${Math.round(ms)} ms`);
    }
    sent += attacks.length;
    report(`${attacks.length} requests in ${Date.now() - begun} ms, ${slow.length} slow: ${JSON.stringify(counts)}`);
    assert.deepEqual(complaints, [], `seed ${seed}`);
    assert.deepEqual(await victim.cart(), cart, 'the cart of another customer changed');
    assert.deepEqual(await victim.order(), order, 'the order of another customer changed');
  }

  return {
    store: () => present(store),
    fixture: () => present(fixture),
    sent: () => sent,
    others: () => others,
    attack,
  };
}
