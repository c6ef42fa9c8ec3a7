import assert from 'node:assert/strict';
import { HttpMethod } from '@dapr/dapr';
import { eventually, exercise, rejected } from './exercises.js';

const app = process.env.APP_ID;

export async function handleCalls({ invoker, binding }) {
  const ticks = [];
  await invoker.listen('greet', async ({ body }) => ({ text: `ahoy, ${JSON.parse(body).name}` }), {
    method: HttpMethod.POST,
  });
  await invoker.listen('time', async ({ query }) => ({ query }), { method: HttpMethod.GET });
  await binding.receive('ticks', async () => void ticks.push(Date.now()));
  return ticks;
}

export async function invocation({ invoker }, protocol) {
  await exercise(`invocation: calls a method through ${protocol} and returns its response`, async () => {
    const response = await invoker.invoke(app, 'greet', HttpMethod.POST, { name: 'Ægir' });
    assert.deepEqual(response, { text: 'ahoy, Ægir' });
    assert.ok(await invoker.invoke(app, 'time', HttpMethod.GET));
  });

  await exercise(`invocation: an unknown app is an error through ${protocol}`, async () => {
    assert.ok(await rejected(invoker.invoke('unknown', 'greet', HttpMethod.POST, { name: 'you' })));
  });
}

export async function bindings({ binding }, ticks) {
  await exercise('bindings: writes, lists, reads and deletes files', async () => {
    const file = { fileName: 'log.txt' };
    await binding.send('files', 'create', 'calm sea', file);
    assert.match(textOf(await binding.send('files', 'list', '')), /log\.txt/);
    assert.match(textOf(await binding.send('files', 'get', '', file)), /calm sea/);
    await binding.send('files', 'delete', '', file);
    assert.ok(await rejected(binding.send('files', 'get', '', file)));
  });

  await exercise('bindings: queries and changes Postgres', async () => {
    await binding.send('database', 'exec', '', { sql: 'create table ports (name text)' });
    await binding.send('database', 'exec', '', { sql: `insert into ports values ('Bergen')` });
    assert.match(textOf(await binding.send('database', 'query', '', { sql: 'select * from ports' })), /Bergen/);
  });

  await exercise('bindings: cron calls the app', async () => {
    const before = ticks.length;
    await eventually(async () => ticks.length > before);
  });
}

/** Over HTTP the SDK returns parsed JSON, over gRPC bytes. */
function textOf(response) {
  return response?.data instanceof Uint8Array ? Buffer.from(response.data).toString() : JSON.stringify(response);
}
