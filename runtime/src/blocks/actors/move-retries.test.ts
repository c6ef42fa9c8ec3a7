import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import { peerUnavailable } from '../invoke/errors.ts';
import { actorInvokeFailed, actorNoAddress, actorNotHere, actorTurnEnded, hasCode } from './errors.ts';
import { MoveRetries } from './move-retries.ts';

/** How often a call that always meets this error is made again, and for how long. */
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

test('a call whose turn is ended again and again is run six times, as in the reference', async () => {
  const { count, last } = await repeats(actorTurnEnded('after 2000 ms'));
  assert.equal(count, 5);
  assert.ok(hasCode(last, 'ERR_ACTOR_INVOKE_METHOD'));
  assert.match(String(last), /the turn was ended after 2000 ms: its actor leaves this host; then: .*6 tries/);
});

test('a call whose host cannot be reached is made twelve times', async () => {
  const { count, ms, last } = await repeats(peerUnavailable('a:1', 'it is down'));
  assert.deepEqual([count, ms], [11, 7000]);
  assert.match(String(last), /12 tries, the last: the sidecar at a:1 does not answer: it is down/);
});

test('a call whose actor is nowhere yet is made again for half a minute', async () => {
  const { ms, last } = await repeats(actorNotHere('counter', '1'));
  assert.equal(ms, 30_000);
  assert.ok(hasCode(last, 'ERR_ACTOR_NO_ADDRESS'));
});

test('what has nothing to do with a move is passed on as it is', () => {
  const error = actorInvokeFailed('the app says no');
  assert.throws(() => new MoveRetries(fakeClock()).pauseAfter(error), error);
});

test('who has no host any more learns that the turn was ended', () => {
  const retries = new MoveRetries(fakeClock());
  retries.pauseAfter(actorTurnEnded('after 2000 ms'));
  assert.throws(() => retries.pauseAfter(actorNoAddress('no host')), /was ended after 2000 ms.*no host/);
});
