import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { lockBlock } from './lock.ts';
import type { LockBlock } from './lock.ts';
import type { LockStore, UnlockOutcome } from './lock-store.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

function fixture(metadata: Readonly<Record<string, string>> = {}) {
  const keys: string[] = [];
  const behaviour = { isFree: true, unlock: 'released' as UnlockOutcome, failure: undefined as Error | undefined };
  const port: LockStore = {
    async tryLock(_call, { resourceId }) {
      if (behaviour.failure) throw behaviour.failure;
      keys.push(resourceId);
      return behaviour.isFree;
    },
    async unlock(_call, { resourceId }) {
      if (behaviour.failure) throw behaviour.failure;
      keys.push(resourceId);
      return behaviour.unlock;
    },
    async close() {},
  };
  const stores = new Map([['locks', { name: 'locks', type: 'lock.fake', version: 'v1', metadata, port }]]);
  return { keys, behaviour, block: lockBlock({ appId: 'cart', stores, recorder: silentRecorder }) };
}

const claim = { storeName: 'locks', resourceId: 'file', lockOwner: 'ann' };
const request = { ...claim, expiryInSeconds: 10 };

function coded(code: string, http: number, message?: RegExp) {
  return (error: unknown): boolean =>
    error instanceof RuntimeError &&
    error.kind.code === code &&
    error.kind.http === http &&
    (message?.test(error.message) ?? true);
}

test('lock key: contains the word lock and the app id', async () => {
  const { block, keys } = fixture();
  assert.deepEqual(await block.tryLock(call, request), { success: true });
  await block.unlock(call, claim);
  assert.deepEqual(keys, ['lock||cart||file', 'lock||cart||file']);
});

for (const [strategy, key] of [
  ['none', 'lock||file'],
  ['Name', 'lock||locks||file'],
  ['appid', 'lock||cart||file'],
  ['Shared', 'lock||shared||file'],
] as const)
  test(`lock key: keyPrefix ${strategy} gives ${key}`, async () => {
    const { block, keys } = fixture({ keyprefix: strategy });
    await block.tryLock(call, request);
    assert.deepEqual(keys, [key]);
  });

test('tryLock: a held lock is not an error', async () => {
  const { block, behaviour } = fixture();
  behaviour.isFree = false;
  assert.deepEqual(await block.tryLock(call, request), { success: false });
});

test('unlock: the outcome is a number', async () => {
  const { block, behaviour } = fixture();
  for (const [outcome, status] of [
    ['released', 0],
    ['not-held', 1],
    ['held-by-other', 2],
  ] as const) {
    behaviour.unlock = outcome;
    assert.deepEqual(await block.unlock(call, claim), { status });
  }
});

test("lock requests: incomplete ones are rejected in Dapr's order", async () => {
  const { block } = fixture();
  const none: LockBlock = lockBlock({ appId: 'cart', stores: new Map(), recorder: silentRecorder });
  const malformed = (message: RegExp) => coded('ERR_MALFORMED_REQUEST', 400, message);
  await assert.rejects(none.tryLock(call, { ...request, expiryInSeconds: 0 }), malformed(/not positive/));
  await assert.rejects(none.tryLock(call, request), coded('ERR_LOCK_STORE_NOT_CONFIGURED', 500));
  const elsewhere = { ...request, storeName: 'x' };
  await assert.rejects(block.tryLock(call, { ...elsewhere, resourceId: '' }), malformed(/ResourceId is empty/));
  await assert.rejects(block.tryLock(call, { ...elsewhere, lockOwner: '' }), malformed(/LockOwner is empty/));
  await assert.rejects(block.tryLock(call, elsewhere), coded('ERR_LOCK_STORE_NOT_FOUND', 400));
  await assert.rejects(block.unlock(call, elsewhere), coded('ERR_LOCK_STORE_NOT_FOUND', 400));
});

test('lock requests: a name with the separator, and a failing store, give the error of the operation', async () => {
  const { block, behaviour } = fixture();
  await assert.rejects(block.tryLock(call, { ...request, resourceId: 'a||b' }), coded('ERR_TRY_LOCK', 500, /'a\|\|b'/));
  await assert.rejects(block.unlock(call, { ...claim, resourceId: 'a||b' }), coded('ERR_UNLOCK', 500, /'a\|\|b'/));
  behaviour.failure = new Error('Redis is unavailable');
  await assert.rejects(
    block.tryLock(call, request),
    coded('ERR_TRY_LOCK', 500, /^failed to try acquiring lock: Redis is unavailable$/),
  );
  await assert.rejects(
    block.unlock(call, claim),
    coded('ERR_UNLOCK', 500, /^failed to release lock: Redis is unavailable$/),
  );
});
