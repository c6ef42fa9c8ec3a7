import assert from 'node:assert/strict';
import { eventually, exercise, skipped } from './exercises.js';

export async function secrets({ secret }) {
  await exercise('secrets: get one', async () => {
    assert.deepEqual({ ...(await secret.get('secrets', 'colour')) }, { colour: 'teal' });
  });

  await exercise('secrets: get all', async () => {
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

  await exercise('configuration: a subscription gets changes in Postgres until it is unsubscribed', async () => {
    const change = (value, version) => {
      const sql = `update settings set value = '${value}', version = '${version}' where key = 'greeting'`;
      return binding.send('database', 'exec', '', { sql });
    };
    const received = [];
    const metadata = { pgNotifyChannel: 'settings' };
    const stream = await settings.subscribeWithMetadata('settings', ['greeting'], metadata, async ({ items }) => {
      received.push(items.greeting.value);
    });
    // The SDK does not report when the subscription is active, so changes are repeated until one is received.
    let version = 1;
    await eventually(async () => {
      await change('ahoy', ++version);
      return received.includes('ahoy');
    });
    await stream.stop();
    await change('unsubscribed', ++version);
    await settings.get('settings', ['greeting']);
    assert.ok(!received.includes('unsubscribed'));
  });

  const redis = 'configuration: get and subscribe in Redis';
  if (!process.env.HAS_REDIS) return skipped(redis, 'no Redis here');
  return exercise(redis, async () => {
    const key = `${process.env.APP_ID}-greeting`;
    await binding.send('redis-data', 'create', 'hello', { key });
    const { items } = await settings.get('redis-settings', [key]);
    assert.match(items[key].value, /hello/);
    const received = [];
    const stream = await settings.subscribeWithKeys('redis-settings', [key], async (update) => {
      received.push(update.items[key].value);
    });
    await eventually(async () => {
      await binding.send('redis-data', 'create', 'ahoy', { key });
      return received.some((value) => value.includes('ahoy'));
    });
    await stream.stop();
  });
}
