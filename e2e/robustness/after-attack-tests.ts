import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ledgerChecks, netCharged } from '../harness/ledger-checks.ts';
import { openBroker } from '../harness/broker.ts';
import { eventually } from '../harness/store.ts';
import { emailAddress, isErrorLine, logLines, memoryOf } from './after-attack.ts';
import { type AttackedStore, report } from './attacked-store.ts';
import { customer } from './fixture.ts';

const mostMegabytes = 450;
const longestLine = 20_000;

/** Expected errors of an attack: messages that can never be processed. */
const isDeadLetter = /"event":"(?:event-dropped|dead-letter[\w-]*)"|dead letter|cannot be processed/i;

/** What must hold after an attack. */
export function afterTheAttack(attacked: AttackedStore): void {
  const running = () => attacked.store().running();

  describe('afterwards', () => {
    test('a valid order: is delivered and charged once', async () => {
      const { orderId, order } = await customer(attacked.store(), 'anchor');
      const { total } = await order();
      assert.equal(netCharged(await ledgerChecks(running).charges(orderId)), total.amount);
    });

    test('consumers: have acknowledged every message', async () => {
      const broker = await openBroker(running);
      try {
        await broker.drained(60_000);
      } finally {
        await broker.close();
      }
    });

    test('invariants: hold', async () => {
      await eventually(
        'invariants holding',
        () => ledgerChecks(running).invariants(),
        (problems) => problems.length === 0,
        20_000,
      );
    });

    test(`memory: no program uses more than ${mostMegabytes} MB`, () => {
      const memory = memoryOf(running());
      report(`${attacked.sent()} requests; memory in MB: ${JSON.stringify(memory)}`);
      const large = Object.entries(memory).filter(([, megabytes]) => megabytes > mostMegabytes);
      assert.deepEqual(large, []);
    });

    test('logs: contain no error except for dead letters, no overlong line, and no e-mail address', () => {
      const lines = logLines(running());
      assert.ok(lines.length > 50, `${lines.length} lines`);
      const errors = lines.filter((line) => isErrorLine(line) && !isDeadLetter.test(line.text));
      assert.deepEqual(errors.slice(0, 5), []);
      const long = lines.filter(({ text }) => text.length > longestLine);
      assert.deepEqual(
        long.slice(0, 5).map(({ file, text }) => `${file}: ${text.length} characters: ${text.slice(0, 600)}`),
        [],
      );
      const personal = lines.filter(({ text }) => emailAddress.test(text));
      assert.deepEqual(personal.slice(0, 5), []);
    });

    test('programs: none was restarted', () => {
      assert.doesNotMatch(attacked.store().output(), /restarting it/);
    });
  });
}
