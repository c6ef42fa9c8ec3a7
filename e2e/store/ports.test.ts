import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sharedStore, type Running, type StoreUnderTest } from '../harness/store.ts';
import { untilClosed } from './callers.ts';
import { listenersOf, withDescendants } from './listeners.ts';
import { internalPort, markdown, portMatrix } from './port-matrix.ts';

const onlyLinux = { skip: process.platform === 'linux' ? false : '/proc is Linux’s' };

describe('ports of the store', { timeout: 120_000 }, () => {
  let store: StoreUnderTest;
  let running: Running;
  before(async () => {
    store = await sharedStore();
    running = store.running();
  });

  test('ports: all programs listen on loopback only', onlyLinux, () => {
    const pids = new Set([...withDescendants(running.pid), ...Object.values(running.pids)]);
    const listeners = listenersOf([...pids]);
    assert.ok(listeners.length >= 28, `${listeners.length} listeners found`);
    const open = listeners.filter(({ address }) => address !== '127.0.0.1' && address !== '::1');
    assert.deepEqual(open, []);
  });

  test('ports: each kind of caller gets the expected status', onlyLinux, async () => {
    const rows = await portMatrix(running);
    if (process.env.SHOW_TABLE) console.log(markdown(rows));
    assert.deepEqual(
      rows.map(({ port, actual }) => ({ port, ...actual })),
      rows.map(({ port, expected }) => ({ port, ...expected })),
    );
  });

  test('internal port: an unauthenticated connection is closed within 8 s', onlyLinux, async () => {
    const begun = Date.now();
    // It sends its greeting and a nonce, and nothing else.
    const greeting = await untilClosed(internalPort(running, 'cart'), Buffer.alloc(0));
    assert.match(greeting, /^(OTRG[^]{4}[^]{32})?$/);
    assert.ok(Date.now() - begun < 8_000, `open for ${Date.now() - begun} ms`);
  });
});
