import assert from 'node:assert/strict';
import { eventually, exercise } from './exercises.js';

const [doesNotExist, belongsToOthers] = [1, 2];

export async function locks({ lock }) {
  await exercise('lock: one owner at a time, and only the owner unlocks', async () => {
    assert.deepEqual(await lock.lock('locks', 'pier', 'ada', 30), { success: true });
    assert.deepEqual(await lock.lock('locks', 'pier', 'bob', 30), { success: false });
    assert.equal((await lock.unlock('locks', 'pier', 'bob')).status, belongsToOthers);
    assert.equal((await lock.unlock('locks', 'pier', 'ada')).status, 0);
    assert.equal((await lock.unlock('locks', 'pier', 'ada')).status, doesNotExist);
    assert.deepEqual(await lock.lock('locks', 'pier', 'bob', 30), { success: true });
  });

  await exercise('lock: expires', async () => {
    assert.deepEqual(await lock.lock('locks', 'buoy', 'ada', 1), { success: true });
    await eventually(async () => (await lock.lock('locks', 'buoy', 'bob', 30)).success);
  });
}
