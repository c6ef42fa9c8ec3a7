import assert from 'node:assert/strict';
import { eventually, exercise, skipped } from './exercises.js';

export async function secrets({ secret }) {
  await exercise('secrets: gives one', async () => {
    assert.deepEqual({ ...(await secret.get('secrets', 'colour')) }, { colour: 'teal' });
  });

  await exercise('secrets: gives all', async () => {
    const all = await secret.getBulk('secrets');
    assert.deepEqual({ ...all['database:user'] }, { 'database:user': 'ada' });
    assert.deepEqual(Object.keys(all).toSorted(), ['colour', 'database:password', 'database:user']);
  });
}

export async function configuration({ configuration: settings, binding }) {
  await exercise('configuration: reads settings from Postgres', async () => {
    const { items } = await settings.get('settings', ['greeting', 'limit']);
    assert.deepEqual([items.greeting.value, items.greeting.version], ['hello', '1']);
    assert.deepEqual({ ...items.greeting.metadata }, { lang: 'en' });
    assert.equal(items.limit.value, '10');
  });

  await exercise('configuration: hears of a change in Postgres, until it asks not to', async () => {
    const change = (value, version) => {
      const sql = `update settings set value = '${value}', version = '${version}' where key = 'greeting'`;
      return binding.send('database', 'exec', '', { sql });
    };
    const heard = [];
    const metadata = { pgNotifyChannel: 'settings' };
    const stream = await settings.subscribeWithMetadata('settings', ['greeting'], metadata, async ({ items }) => {
      heard.push(items.greeting.value);
    });
    // The SDK does not tell when the subscription stands: so changes go on until one is heard.
    let version = 1;
    await eventually(async () => {
      await change('ahoy', ++version);
      return heard.includes('ahoy');
    });
    await stream.stop();
    await change('unheard', ++version);
    await settings.get('settings', ['greeting']);
    assert.ok(!heard.includes('unheard'));
  });

  const redis = 'configuration: reads and hears of a change in Redis';
  if (!process.env.HAS_REDIS) return skipped(redis, 'no Redis here');
  return exercise(redis, async () => {
    const key = `${process.env.APP_ID}-greeting`;
    await binding.send('redis-data', 'create', 'hello', { key });
    const { items } = await settings.get('redis-settings', [key]);
    assert.match(items[key].value, /hello/);
    const heard = [];
    const stream = await settings.subscribeWithKeys('redis-settings', [key], async (news) => {
      heard.push(news.items[key].value);
    });
    await eventually(async () => {
      await binding.send('redis-data', 'create', 'ahoy', { key });
      return heard.some((value) => value.includes('ahoy'));
    });
    await stream.stop();
  });
}
