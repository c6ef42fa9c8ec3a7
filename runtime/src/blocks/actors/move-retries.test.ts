import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import { peerUnavailable } from '../invoke/errors.ts';
import { actorInvokeFailed, actorNoAddress, actorNotHere, actorTurnEnded, hasCode } from './errors.ts';
import { MoveRetries } from './move-retries.ts';

/** How often a call that always gets this error is repeated, and for how long. */
async function repeats(error: Error): Promise<{ count: number; ms: number; last: unknown }> {
  const clock = fakeClock();
  const retries = new MoveRetries(clock);
  for (let count = 0; ; count++) {
    try {
      await clock.tick(retries.pauseAfter(error));
    } catch (last) {
      return { count, ms: clock.monotonic(), last };
    }
  }
}

test('move retries: a call whose turn is ended repeatedly is run six times, as in the reference', async () => {
  const { count, last } = await repeats(actorTurnEnded('after 2000 ms'));
  assert.equal(count, 5);
  assert.ok(hasCode(last, 'ERR_ACTOR_INVOKE_METHOD'));
  assert.match(String(last), /the turn was ended after 2000 ms: its actor leaves this host; then: .*6 tries/);
});

test('move retries: a call whose host cannot be reached is made twelve times', async () => {
  const { count, ms, last } = await repeats(peerUnavailable('a:1', 'it is down'));
  assert.deepEqual([count, ms], [11, 7000]);
  assert.match(String(last), /12 tries, the last: the sidecar at a:1 does not respond: it is down/);
});

test('move retries: a call whose actor has no owner yet is repeated for half a minute', async () => {
  const { ms, last } = await repeats(actorNotHere('counter', '1'));
  assert.equal(ms, 30_000);
  assert.ok(hasCode(last, 'ERR_ACTOR_NO_ADDRESS'));
});

test('move retries: unrelated errors are thrown unchanged', () => {
  const error = actorInvokeFailed('the app rejected it');
  assert.throws(() => new MoveRetries(fakeClock()).pauseAfter(error), error);
});

test('move retries: a caller without any host learns that the turn was ended', () => {
  const retries = new MoveRetries(fakeClock());
  retries.pauseAfter(actorTurnEnded('after 2000 ms'));
  assert.throws(() => retries.pauseAfter(actorNoAddress('no host')), /was ended after 2000 ms.*no host/);
});
