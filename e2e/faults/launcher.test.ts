import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAlive } from '../../infra/launcher/alive.ts';
import { eventually, startStore } from '../harness/store.ts';

describe('the launcher', { timeout: 180_000 }, () => {
  test('SIGKILL: leaves no process behind', async () => {
    const store = await startStore();
    const { pid, pids } = store.running();
    process.kill(pid, 'SIGKILL');
    await eventually(
      'every process ending',
      () => Promise.resolve(Object.entries(pids).filter(([, each]) => isAlive(each))),
      (left) => left.length === 0,
      10_000,
    );
    await store.stop();
  });

  test('SIGTERM: exits within 5 s with all its child processes', async () => {
    const store = await startStore();
    const { pid, pids } = store.running();
    const begun = Date.now();
    await store.stop();
    assert.deepEqual([pid, ...Object.values(pids)].filter(isAlive), []);
    assert.ok(Date.now() - begun < 5500, `took ${Date.now() - begun} ms`);
  });

  test('a second store starts beside the first, with its own servers', async () => {
    const [first, second] = await Promise.all([startStore(), startStore()]);
    assert.notEqual(first.url, second.url);
    assert.notEqual(first.running().servers.postgres, second.running().servers.postgres);
    await Promise.all([first.stop(), second.stop()]);
  });
});
