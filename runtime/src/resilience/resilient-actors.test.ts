import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { noBody } from '#core/message.ts';
import type { Call } from '#core/call.ts';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import { actorInvokeFailed, actorMethodMissing } from '#blocks/actors/errors.ts';
import { policyOf } from './policy.ts';
import { resilientActors } from './resilient-actors.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

for (const [what, error, tries] of [
  ['that was rejected is retried', actorInvokeFailed('no'), 3],
  ['of a method that is not there is made once', actorMethodMissing('actors/a/1/method/m', ''), 1],
] as const) {
  test(`resilient actors: a call ${what}`, async () => {
    const clock = fakeClock();
    const retry = { backoff: { kind: 'constant', delayMs: 0 }, maxRetries: 2 } as const;
    const policy = policyOf({ retry }, { clock, random: seededRandom(), recorder: silentRecorder });
    let calls = 0;
    const inner = { invoke: () => (calls++, Promise.reject(error)) } as unknown as ActorsBlock;
    const actors = resilientActors(inner, { actor: () => policy, actorTurn: () => undefined });
    const request = { headers: [], body: noBody };
    const rejected = assert.rejects(actors.invoke(call, { type: 'a', id: '1' }, 'm', request), error);
    await clock.tick(10);
    await rejected;
    assert.equal(calls, tries);
  });
}
