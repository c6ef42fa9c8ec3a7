import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Call } from '#core/call.ts';
import type { LockStore } from './lock-store.ts';

/** Two clients of one store, and the store's clock. */
export interface LockStoreUnderTest {
  readonly store: LockStore;
  /** Another sidecar on the same server. */
  readonly second: LockStore;
  /** Makes `ms` pass for active leases. */
  passTime(ms: number): Promise<void>;
  close(): Promise<void>;
}

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

interface Tools extends Omit<LockStoreUnderTest, 'close'> {
  readonly resourceId: string;
}

const lock = (store: LockStore, resourceId: string, lockOwner: string, expirySeconds = 60): Promise<boolean> =>
  store.tryLock(call, { resourceId, lockOwner, expirySeconds });

const cases = {
  'tryLock: a free lock is acquired, and exclusive': async ({ store, second, resourceId }) => {
    assert.equal(await lock(store, resourceId, 'ann'), true);
    assert.equal(await lock(store, resourceId, 'bob'), false);
    assert.equal(await lock(second, resourceId, 'bob'), false);
    assert.equal(await lock(second, `${resourceId}-other`, 'bob'), true);
  },
  'tryLock: the holder does not acquire it twice': async ({ store, second, resourceId }) => {
    assert.equal(await lock(store, resourceId, 'ann'), true);
    assert.equal(await lock(store, resourceId, 'ann'), false);
    assert.equal(await lock(second, resourceId, 'ann'), false);
  },
  'unlock: a released lock can be acquired again': async ({ store, second, resourceId }) => {
    assert.equal(await lock(store, resourceId, 'ann'), true);
    assert.equal(await second.unlock(call, { resourceId, lockOwner: 'ann' }), 'released');
    assert.equal(await lock(second, resourceId, 'bob'), true);
  },
  'unlock: only the holder releases': async ({ store, second, resourceId }) => {
    assert.equal(await lock(store, resourceId, 'ann'), true);
    assert.equal(await second.unlock(call, { resourceId, lockOwner: 'bob' }), 'held-by-other');
    assert.equal(await lock(second, resourceId, 'bob'), false);
    assert.equal(await store.unlock(call, { resourceId, lockOwner: 'ann' }), 'released');
  },
  'unlock: a lock that is not held cannot be released': async ({ store, resourceId }) => {
    assert.equal(await store.unlock(call, { resourceId, lockOwner: 'ann' }), 'not-held');
    await lock(store, resourceId, 'ann');
    assert.equal(await store.unlock(call, { resourceId, lockOwner: 'ann' }), 'released');
    assert.equal(await store.unlock(call, { resourceId, lockOwner: 'ann' }), 'not-held');
  },
  'tryLock: a lease expires': async ({ store, second, resourceId, passTime }) => {
    assert.equal(await lock(store, resourceId, 'ann', 100), true);
    await passTime(98_000);
    assert.equal(await lock(second, resourceId, 'bob'), false);
    await passTime(3000);
    assert.equal(await store.unlock(call, { resourceId, lockOwner: 'ann' }), 'not-held');
    assert.equal(await lock(second, resourceId, 'bob'), true);
    assert.equal(await store.unlock(call, { resourceId, lockOwner: 'ann' }), 'held-by-other');
  },
  'tryLock: exactly one of many concurrent callers succeeds': async ({ store, second, resourceId }) => {
    const owners = Array.from({ length: 40 }, (_, at) => `owner-${at}`);
    const results = await Promise.all(owners.map((owner, at) => lock(at % 2 ? store : second, resourceId, owner)));
    assert.equal(results.filter(Boolean).length, 1);
  },
  'tryLock: names and owners of any characters are distinct': async ({ store, resourceId }) => {
    const names = ['a', 'A', 'ä', 'a b', "a'b", 'a"b', 'a\\b', '{a}', '€', '👍', 'a||b'];
    for (const name of names) assert.equal(await lock(store, `${resourceId}${name}`, `owner ${name}`), true, name);
    for (const name of names) {
      const claim = { resourceId: `${resourceId}${name}`, lockOwner: `owner ${name}` };
      assert.equal(await store.unlock(call, { ...claim, lockOwner: 'owner' }), 'held-by-other', name);
      assert.equal(await store.unlock(call, claim), 'released', name);
    }
  },
  'tryLock: the longest possible lease is accepted': async ({ store, second, resourceId }) => {
    assert.equal(await lock(store, resourceId, 'ann', 2 ** 31 - 1), true);
    assert.equal(await lock(second, resourceId, 'bob'), false);
  },
} satisfies Record<string, (tools: Tools) => Promise<void>>;

/** Runs all guarantees of a lock store against the stores of `open`; `skip` gives a reason to skip. */
export function lockStoreConformance(
  name: string,
  open: () => Promise<LockStoreUnderTest>,
  options: { readonly skip?: string | false } = {},
): void {
  describe(`${name} as a lock store`, { skip: options.skip ?? false }, () => {
    let subject: LockStoreUnderTest | undefined;
    before(async () => void (subject = await open()));
    after(async () => subject?.close());
    for (const [title, run] of Object.entries(cases))
      test(title, { timeout: 20_000 }, async () => {
        assert.ok(subject, 'the store is open');
        const { store, second } = subject;
        const passTime = subject.passTime.bind(subject);
        await run({ store, second, passTime, resourceId: `lock||conformance||${randomUUID()}` });
      });
  });
}
