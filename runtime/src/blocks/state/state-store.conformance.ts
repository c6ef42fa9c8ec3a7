import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { etagInvalid, etagMismatch } from './errors.ts';
import { type SetOperation, type StateStore, isTransactional } from './state-store.ts';

/** An open store, and the store's clock. */
export interface StateStoreUnderTest {
  readonly store: StateStore;
  /** Makes `ms` pass for the expiry of stored values. */
  passTime(ms: number): Promise<void>;
  /** Closes the store and removes its data. */
  close(): Promise<void>;
  /** A well-formed etag that the store never issued: a UUID by default. */
  readonly foreignEtag?: string;
  /** How the store rejects a malformed etag. */
  readonly malformedEtag?: 'mismatch' | 'invalid';
}

const cases = {
  'get: an unwritten key is absent': async ({ store, key }) => {
    assert.equal(await store.get(call, key()), undefined);
    assert.equal((await store.getBulk(call, [key(), key()])).size, 0);
    assert.equal((await store.getBulk(call, [])).size, 0);
  },
  'set: bytes are read back unchanged': async ({ store, key }) => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, at) => at);
    const values = [text('{"b":1, "a":2}'), text('plain text, ü €'), everyByte, new Uint8Array(0), text("';--\\x00")];
    for (const value of values) {
      const name = key();
      await store.set(call, set(name, value));
      assert.deepEqual(await dataOf(store, name), Buffer.from(value));
      assert.deepEqual(Buffer.from((await store.getBulk(call, [name])).get(name)?.data ?? []), Buffer.from(value));
    }
  },
  'set: JSON is read back as the same JSON': async ({ store, key }) => {
    const name = key();
    const values = ['{"b":1,"a":[true,null,"x"]}', '"text"', '12', 'null', '""'];
    for (const value of values) {
      await store.set(call, set(name, text(value), { isJson: true }));
      assert.deepEqual(JSON.parse(String(await dataOf(store, name))), JSON.parse(value));
    }
    await store.set(call, set(name, text('"bytes"')));
    assert.equal(String(await dataOf(store, name)), '"bytes"');
  },
  'set: keys of any characters are distinct': async ({ store, key }) => {
    const stem = key();
    const keys = ['a', 'A', 'ä', 'a b', 'a/b', 'a"b', "a'b", 'a\\b', 'a,b', '{a}', 'a%', '€', '👍', 'NULL', 'null'];
    const full = keys.map((name) => `${stem}||${name}`);
    await Promise.all(full.map((name) => store.set(call, set(name, text(name)))));
    for (const name of full) assert.equal(String(await dataOf(store, name)), name);
    assert.equal((await store.getBulk(call, full)).size, full.length);
  },
  'set: a value of one megabyte is stored': async ({ store, key }) => {
    const name = key();
    const value = Buffer.alloc(1024 * 1024, 'outrigger ');
    await store.set(call, set(name, value));
    assert.ok(value.equals((await dataOf(store, name)) ?? Buffer.alloc(0)));
  },
  'etag: each write gives a new one': async ({ store, key }) => {
    const name = key();
    const etags = new Set<string | undefined>();
    for (let round = 0; round < 3; round++) {
      await store.set(call, set(name, text('same')));
      etags.add((await store.get(call, name))?.etag);
    }
    assert.equal(etags.size, 3);
    assert.ok(!etags.has('') && !etags.has(undefined));
  },
  'etag: a write with the current one succeeds, with a stale one changes nothing': async ({ store, key }) => {
    const name = key();
    await store.set(call, set(name, text('1')));
    const first = await etagOf(store, name);
    await store.set(call, set(name, text('2'), { etag: first }));
    await rejectsWithMismatch(store.set(call, set(name, text('3'), { etag: first })));
    await rejectsWithMismatch(store.set(call, set(name, text('3'), { etag: first, concurrency: 'first-write' })));
    assert.equal(String(await dataOf(store, name)), '2');
  },
  'etag: a write with one to an absent key is rejected': async ({ store, key, foreignEtag }) => {
    const name = key();
    const etag = foreignEtag;
    await rejectsWithMismatch(store.set(call, set(name, text('1'), { etag })));
    await rejectsWithMismatch(store.delete(call, { kind: 'delete', key: name, etag }));
    assert.equal(await store.get(call, name), undefined);
    if (!isTransactional(store)) return;
    const deletedFirst = [set(name, text('1')), { kind: 'delete', key: name }, set(name, text('2'), { etag })] as const;
    await rejectsWithMismatch(store.transact(call, deletedFirst));
    assert.equal(await store.get(call, name), undefined);
  },
  'etag: a malformed one is rejected': async ({ store, key, rejectsMalformed }) => {
    const name = key();
    await store.set(call, set(name, text('1')));
    await rejectsMalformed(store.set(call, set(name, text('2'), { etag: 'bogus' })));
    await rejectsMalformed(store.delete(call, { kind: 'delete', key: name, etag: 'bogus' }));
    assert.equal(String(await dataOf(store, name)), '1');
  },
  'first-write: without etag it succeeds only on an absent key': async ({ store, key }) => {
    const name = key();
    await store.set(call, set(name, text('1'), { concurrency: 'first-write' }));
    await rejectsWithMismatch(store.set(call, set(name, text('2'), { concurrency: 'first-write' })));
    assert.equal(String(await dataOf(store, name)), '1');
  },
  'first-write: exactly one of concurrent writes succeeds': async ({ store, key }) => {
    const name = key();
    const attempts = Array.from({ length: 20 }, (_, at) =>
      store.set(call, set(name, text(String(at)), { concurrency: 'first-write' })),
    );
    const results = await Promise.allSettled(attempts);
    const winners = results.flatMap((result, at) => (result.status === 'fulfilled' ? [at] : []));
    assert.equal(winners.length, 1);
    assert.equal(String(await dataOf(store, name)), String(winners[0]));
    for (const result of results) if (result.status === 'rejected') assert.ok(isMismatch(result.reason));
  },
  'etag: exactly one of concurrent writes with the same one succeeds': async ({ store, key }) => {
    const name = key();
    await store.set(call, set(name, text('start')));
    const etag = await etagOf(store, name);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => store.set(call, set(name, text(String(at)), { etag }))),
    );
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
  },
  'etag: a rejected write does not affect concurrent ones': async ({ store, key, foreignEtag }) => {
    const names = Array.from({ length: 30 }, key);
    const rejectedNames = names.filter((_name, at) => at % 3 === 0);
    await Promise.all(rejectedNames.map((name) => store.set(call, set(name, text('before')))));
    const results = await Promise.allSettled(
      names.map((name, at) => store.set(call, set(name, text('after'), at % 3 === 0 ? { etag: foreignEtag } : {}))),
    );
    for (const [at, result] of results.entries()) assert.equal(result.status, at % 3 === 0 ? 'rejected' : 'fulfilled');
    const values = await store.getBulk(call, names);
    for (const [at, name] of names.entries())
      assert.equal(String(Buffer.from(values.get(name)?.data ?? [])), at % 3 === 0 ? 'before' : 'after');
  },
  'delete: removes a key, also an absent one': async ({ store, key }) => {
    const name = key();
    await store.delete(call, { kind: 'delete', key: name });
    await store.set(call, set(name, text('1')));
    await store.delete(call, { kind: 'delete', key: name });
    assert.equal(await store.get(call, name), undefined);
  },
  'delete: with the current etag it succeeds, with a stale one changes nothing': async ({ store, key }) => {
    const name = key();
    await store.set(call, set(name, text('1')));
    const stale = await etagOf(store, name);
    await store.set(call, set(name, text('2')));
    await rejectsWithMismatch(store.delete(call, { kind: 'delete', key: name, etag: stale }));
    assert.equal(String(await dataOf(store, name)), '2');
    await store.delete(call, { kind: 'delete', key: name, etag: await etagOf(store, name) });
    assert.equal(await store.get(call, name), undefined);
  },
  'order: unawaited writes to one key are applied in order': async ({ store, key }) => {
    const name = key();
    const writes: Promise<void>[] = [];
    for (let at = 0; at < 50; at++) {
      writes.push(store.set(call, set(name, text(String(at)))));
      if (at % 10 === 3) writes.push(store.delete(call, { kind: 'delete', key: name }));
    }
    await Promise.all(writes);
    assert.equal(String(await dataOf(store, name)), '49');
    await Promise.all([store.set(call, set(name, text('x'))), store.delete(call, { kind: 'delete', key: name })]);
    assert.equal(await store.get(call, name), undefined);
  },
  'order: conditional and plain writes to one key keep their order': async ({ store, key }) => {
    const name = key();
    const results = await Promise.allSettled([
      store.set(call, set(name, text('1'), { concurrency: 'first-write' })),
      store.set(call, set(name, text('2'))),
      store.set(call, set(name, text('3'), { concurrency: 'first-write' })),
      store.delete(call, { kind: 'delete', key: name }),
      store.set(call, set(name, text('4'), { concurrency: 'first-write' })),
    ]);
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    assert.equal(String(await dataOf(store, name)), '4');
  },
  'concurrency: many callers on many keys read what they wrote': async ({ store, key }) => {
    const names = Array.from({ length: 8 }, key);
    const caller = async (id: number): Promise<void> => {
      const ownKey = key();
      for (let at = 0; at < 20; at++) {
        const value = `${id}-${at}`;
        await store.set(call, set(ownKey, text(value)));
        assert.equal(String(await dataOf(store, ownKey)), value);
        await store.set(call, set(names[(id + at) % names.length] ?? ownKey, text(value)));
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, id) => caller(id)));
    assert.equal((await store.getBulk(call, names)).size, names.length);
  },
  'ttl: the expiry is read back and ends the value': async ({ store, key, passTime }) => {
    const name = key();
    await store.set(call, set(name, text('1'), { ttlSeconds: 100 }));
    const stored = await store.get(call, name);
    assert.ok(stored?.expiresAt !== undefined);
    assert.equal((await store.getBulk(call, [name])).get(name)?.expiresAt, stored.expiresAt);
    await passTime(99_000);
    assert.equal(String(await dataOf(store, name)), '1');
    await passTime(2_000);
    assert.equal(await store.get(call, name), undefined);
    assert.equal((await store.getBulk(call, [name])).size, 0);
  },
  'ttl: a write without one clears the previous expiry': async ({ store, key, passTime }) => {
    const name = key();
    await store.set(call, set(name, text('1'), { ttlSeconds: 10 }));
    await store.set(call, set(name, text('2')));
    assert.equal((await store.get(call, name))?.expiresAt, undefined);
    await passTime(60_000);
    assert.equal(String(await dataOf(store, name)), '2');
  },
  'ttl: an expired value counts as absent for conditions': async ({ store, key, passTime }) => {
    const [first, second] = [key(), key()];
    for (const name of [first, second]) await store.set(call, set(name, text('1'), { ttlSeconds: 10 }));
    await passTime(11_000);
    await store.set(call, set(first, text('2'), { concurrency: 'first-write' }));
    assert.equal(String(await dataOf(store, first)), '2');
    await store.delete(call, { kind: 'delete', key: second });
  },
  'ttl: the etag of an expired value is rejected': async ({ store, key, passTime }) => {
    const [second, third] = [key(), key()];
    for (const name of [second, third]) await store.set(call, set(name, text('1'), { ttlSeconds: 10 }));
    const etag = await etagOf(store, second);
    const thirdEtag = await etagOf(store, third);
    await passTime(11_000);
    await rejectsWithMismatch(store.set(call, set(second, text('2'), { etag })));
    await rejectsWithMismatch(store.delete(call, { kind: 'delete', key: third, etag: thirdEtag }));
  },
  'getBulk: many keys are read at once, repeated ones too': async ({ store, key }) => {
    const names = Array.from({ length: 150 }, key);
    await Promise.all(names.map((name) => store.set(call, set(name, text(name)))));
    const values = await store.getBulk(call, [...names, ...names, key()]);
    assert.equal(values.size, names.length);
    for (const name of names) assert.equal(String(Buffer.from(values.get(name)?.data ?? [])), name);
  },
  'transact: operations are applied in order': async ({ store, key }) => {
    assert.ok(isTransactional(store), 'a store without transactions skips this case with a reason');
    const [a, b, c] = [key(), key(), key()];
    await store.set(call, set(c, text('old')));
    await store.transact(call, [
      set(a, text('1')),
      { kind: 'delete', key: a },
      set(b, text('1')),
      set(b, text('2'), { ttlSeconds: 100 }),
      { kind: 'delete', key: c },
      set(c, text('new'), { concurrency: 'first-write' }),
    ]);
    assert.equal(await store.get(call, a), undefined);
    assert.equal(String(await dataOf(store, b)), '2');
    assert.ok((await store.get(call, b))?.expiresAt !== undefined);
    assert.equal(String(await dataOf(store, c)), 'new');
    await store.transact(call, []);
  },
  'transact: one rejected operation changes nothing': async ({ store, key, foreignEtag, rejectsMalformed }) => {
    assert.ok(isTransactional(store), 'a store without transactions skips this case with a reason');
    const [a, b, c] = [key(), key(), key()];
    await store.set(call, set(b, text('before')));
    await store.set(call, set(c, text('before')));
    const good = [set(a, text('1')), set(b, text('after')), { kind: 'delete', key: c }] as const;
    await rejectsWithMismatch(store.transact(call, [...good, set(b, text('x'), { etag: foreignEtag })]));
    await rejectsWithMismatch(store.transact(call, [...good, set(b, text('x'), { concurrency: 'first-write' })]));
    await rejectsMalformed(store.transact(call, [...good, { kind: 'delete', key: b, etag: 'bogus' }]));
    assert.equal(await store.get(call, a), undefined);
    assert.equal(String(await dataOf(store, b)), 'before');
    assert.equal(String(await dataOf(store, c)), 'before');
  },
  'transact: transactions and single writes to the same keys keep their order': async ({ store, key }) => {
    assert.ok(isTransactional(store), 'a store without transactions skips this case with a reason');
    const [a, b] = [key(), key()];
    await Promise.all([
      store.set(call, set(a, text('1'))),
      store.transact(call, [set(a, text('2')), set(b, text('2'))]),
      store.set(call, set(b, text('3'))),
      store.transact(call, [set(b, text('4')), set(a, text('4'), { concurrency: 'last-write' })]),
    ]);
    assert.deepEqual([String(await dataOf(store, a)), String(await dataOf(store, b))], ['4', '4']);
  },
  'transact: concurrent transactions on the same keys all end': async ({ store, key }) => {
    assert.ok(isTransactional(store), 'a store without transactions skips this case with a reason');
    const names = Array.from({ length: 6 }, key);
    const rounds = Array.from({ length: 24 }, (_, at) => {
      const turned = [...names.slice(at % 6), ...names.slice(0, at % 6)];
      return store.transact(
        call,
        turned.map((name) => set(name, text(String(at)))),
      );
    });
    await Promise.all(rounds);
    const values = await Promise.all(names.map(async (name) => String(await dataOf(store, name))));
    assert.equal(new Set(values).size, 1, 'the last transaction wrote all keys');
  },
} satisfies Record<string, (tools: Tools) => Promise<void>>;

export type StateStoreCase = keyof typeof cases;

/**
 * Runs all guarantees of a state store against the stores of `open`. A case is skipped only with a reason; so is the
 * whole suite, by `skip`.
 */
export function stateStoreConformance(
  name: string,
  open: () => Promise<StateStoreUnderTest>,
  options: { skip?: string | false; skipCases?: Partial<Record<StateStoreCase, string>> } = {},
): void {
  describe(`${name} as a state store`, { skip: options.skip ?? false }, () => {
    let subject: StateStoreUnderTest | undefined;
    before(async () => void (subject = await open()));
    after(async () => subject?.close());
    for (const [title, run] of Object.entries(cases)) {
      test(title, { skip: options.skipCases?.[title as StateStoreCase] ?? false, timeout: 20_000 }, async () => {
        assert.ok(subject, 'the store is open');
        const opened = subject;
        const { store } = opened;
        await run({
          store,
          passTime: (ms) => opened.passTime(ms),
          key: () => `conformance-${randomUUID()}`,
          foreignEtag: opened.foreignEtag ?? randomUUID(),
          rejectsMalformed: (work) =>
            assert.rejects(work, opened.malformedEtag === 'invalid' ? isInvalidEtag : isMismatch),
        });
      });
    }
  });
}

interface Tools {
  readonly store: StateStore;
  readonly passTime: (ms: number) => Promise<void>;
  readonly key: () => string;
  readonly foreignEtag: string;
  readonly rejectsMalformed: (work: Promise<void>) => Promise<void>;
}

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

function text(value: string): Uint8Array {
  return Buffer.from(value);
}

function set(key: string, value: Uint8Array, more: Partial<SetOperation> = {}): SetOperation {
  return { kind: 'set', key, value, ...more };
}

async function dataOf(store: StateStore, key: string): Promise<Buffer | undefined> {
  const values = await store.get(call, key);
  return values && Buffer.from(values.data);
}

async function etagOf(store: StateStore, key: string): Promise<string> {
  const values = await store.get(call, key);
  assert.ok(values, `${key} is stored`);
  return values.etag;
}

const mismatchCode = etagMismatch().kind.code;
const invalidCode = etagInvalid('').kind.code;

function isMismatch(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.code === mismatchCode;
}

function isInvalidEtag(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.code === invalidCode;
}

async function rejectsWithMismatch(work: Promise<void>): Promise<void> {
  await assert.rejects(work, isMismatch);
}
