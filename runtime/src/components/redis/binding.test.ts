import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisBinding } from './binding.ts';
import { plainRedis, redisContext, skipWithoutRedis as skip, uniqueName } from './testing.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

test('redis binding: creates, reads, increments and deletes a key', { skip }, async () => {
  const binding = await redisBinding(redisContext({ type: 'bindings.redis' }));
  const client = plainRedis();
  const key = uniqueName();
  const run = async (operation: string, metadata = {}, data = '') => {
    const reply = await binding.invoke(call, { operation, data: Buffer.from(data), metadata: { key, ...metadata } });
    return reply?.data ? Buffer.from(reply.data).toString() : undefined;
  };
  try {
    assert.equal(await run('create', {}, '"v"'), undefined);
    assert.equal(await client.get(key), '"v"');
    assert.equal(await run('get'), '"v"');
    await run('create', { ttlInSeconds: '100' }, '7');
    assert.ok((await client.ttl(key)) > 90);
    assert.equal(await run('increment'), '8');
    assert.equal(await run('get', { delete: 'true' }), '8');
    assert.equal(await client.exists(key), 0);
    assert.equal(await run('get'), '');
    await run('delete');
    await assert.rejects(run('create', { key: '' }), /missing key/);
    await assert.rejects(run('create', { ttlInSeconds: 'x' }), /no number of seconds/);
  } finally {
    await client.del(key);
    client.disconnect();
    await binding.close();
  }
});
