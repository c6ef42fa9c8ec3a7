import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Call } from '#core/call.ts';
import type { ConfigurationItem, ConfigurationQuery, ConfigurationStore } from './configuration-store.ts';

/** A store under test, and the operator who changes its content. */
export interface ConfigurationBench extends AsyncDisposable {
  readonly store: ConfigurationStore;
  put(key: string, value: string, version: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** Interrupts the connection that receives changes; the server keeps running. */
  breakConnection(): Promise<void>;
  /** What a request must contain besides the keys. */
  readonly metadata: Readonly<Record<string, string>>;
  wait(ms: number): Promise<void>;
}

export type ConfigurationCase = keyof typeof cases;

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

interface Tools {
  readonly bench: ConfigurationBench;
  /** A key that no other case uses. */
  readonly key: () => string;
  readonly query: (...keys: string[]) => ConfigurationQuery;
}

const cases = {
  'get: existing keys are returned, absent ones omitted': async ({ bench, key, query }) => {
    const [first, second, none] = [key(), key(), key()];
    await bench.put(first, 'one', '1');
    await bench.put(second, 'zwei – €', 'v2');
    const items = await bench.store.get(call, query(first, second, none));
    assert.deepEqual([...items.keys()].sort(), [first, second].sort());
    assert.equal(items.get(first)?.value, 'one');
    assert.equal(items.get(first)?.version, '1');
    assert.equal(items.get(second)?.value, 'zwei – €');
    assert.equal(items.get(second)?.version, 'v2');
    assert.deepEqual(items.get(first)?.metadata, {});
    assert.equal((await bench.store.get(call, query(none))).size, 0);
  },
  'get: without keys everything is returned': async ({ bench, key, query }) => {
    const names = Array.from({ length: 30 }, key);
    for (const name of names) await bench.put(name, `value of ${name}`, '1');
    const items = await bench.store.get(call, query());
    for (const name of names) assert.equal(items.get(name)?.value, `value of ${name}`);
  },
  'watch: a change of a named key is received, of another not': async ({ bench, key, query }) => {
    const [named, other] = [key(), key()];
    await bench.put(named, 'before', '1');
    const received = listener(bench);
    const watch = await bench.store.watch(call, query(named), received.listener);
    await bench.put(other, 'not for you', '1');
    await bench.put(named, 'after', '2');
    await received.until((changes) => changes.some(([, item]) => item.value === 'after'));
    assert.ok(received.changes.every(([name]) => name === named));
    assert.equal(received.changes.at(-1)?.[1].version, '2');
    await watch.close();
  },
  'watch: without keys every change is received': async ({ bench, key, query }) => {
    const [first, second] = [key(), key()];
    const received = listener(bench);
    const watch = await bench.store.watch(call, query(), received.listener);
    await bench.put(first, '1', '1');
    await bench.put(second, '2', '1');
    await received.until((changes) => [first, second].every((name) => changes.some((change) => change[0] === name)));
    await watch.close();
  },
  'watch: several watchers receive the same, and a closed one nothing': async ({ bench, key, query }) => {
    const name = key();
    const [one, two] = [listener(bench), listener(bench)];
    const first = await bench.store.watch(call, query(name), one.listener);
    const second = await bench.store.watch(call, query(name), two.listener);
    await bench.put(name, '1', '1');
    for (const received of [one, two])
      await received.until((changes) => changes.some(([, item]) => item.value === '1'));
    await first.close();
    const count = one.changes.length;
    await bench.put(name, '2', '2');
    await two.until((changes) => changes.some(([, item]) => item.value === '2'));
    await bench.wait(50);
    assert.equal(one.changes.length, count);
    await second.close();
  },
  'watch: a removed entry is reported as empty': async ({ bench, key, query }) => {
    const name = key();
    await bench.put(name, 'here', '1');
    const received = listener(bench);
    const watch = await bench.store.watch(call, query(name), received.listener);
    await bench.remove(name);
    await received.until((changes) => changes.some(([at, item]) => at === name && item.value === ''));
    await watch.close();
  },
  'watch: a watcher is notified when its connection is restored, and receives again': async ({ bench, key, query }) => {
    const name = key();
    const received = listener(bench);
    const watch = await bench.store.watch(call, query(name), received.listener);
    await bench.breakConnection();
    await received.until(() => received.resumed() > 0);
    await bench.put(name, 'again', '1');
    await received.until((changes) => changes.some(([, item]) => item.value === 'again'));
    await watch.close();
  },
  'watch: many changes in a row end with the latest': async ({ bench, key, query }) => {
    const name = key();
    const received = listener(bench);
    const watch = await bench.store.watch(call, query(name), received.listener);
    for (let at = 1; at <= 50; at++) await bench.put(name, `value ${at}`, String(at));
    await received.until((changes) => changes.at(-1)?.[1].value === 'value 50');
    await watch.close();
  },
} satisfies Record<string, (tools: Tools) => Promise<void>>;

/**
 * Runs all guarantees of a configuration store; `open` is called for each case, which is skipped only with a reason.
 */
export function configurationStoreConformance(
  name: string,
  open: () => Promise<ConfigurationBench>,
  options: {
    readonly skip?: string | false;
    readonly skipCases?: Partial<Readonly<Record<ConfigurationCase, string>>>;
  } = {},
): void {
  describe(`${name} as a configuration store`, { skip: options.skip ?? false }, () => {
    for (const [title, run] of Object.entries(cases))
      test(title, { skip: options.skipCases?.[title as ConfigurationCase] ?? false, timeout: 30_000 }, async () => {
        await using bench = await open();
        const key = (): string => `conformance.${randomUUID().replaceAll('-', '_')}`;
        await run({ bench, key, query: (...keys) => ({ keys, metadata: bench.metadata }) });
      });
  });
}

const waitLimitMs = 15_000;

function listener(bench: ConfigurationBench) {
  const changes: (readonly [string, ConfigurationItem])[] = [];
  let resumed = 0;
  return {
    changes,
    resumed: () => resumed,
    listener: {
      changed: (key: string, item: ConfigurationItem) => void changes.push([key, item]),
      resumed: () => void resumed++,
    },
    async until(isTrue: (changes: readonly (readonly [string, ConfigurationItem])[]) => boolean): Promise<void> {
      for (let waited = 0; !isTrue(changes); waited += 5) {
        if (waited > waitLimitMs) assert.fail(`waited ${waitLimitMs} ms, received ${JSON.stringify(changes)}`);
        await bench.wait(5);
      }
    },
  };
}
