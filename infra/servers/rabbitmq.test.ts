import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRabbitmq, rabbitmqServer } from './rabbitmq.ts';

const print = (): void => {};

test('rabbitmqServer: a URL in the environment is used, and nothing is started', async () => {
  const url = 'amqp://elsewhere:5672';
  for (const name of ['RABBITMQ_URL', 'TEST_RABBITMQ_URL'])
    assert.deepEqual(await rabbitmqServer('/nowhere', print, { [name]: url }), { url, origin: 'RABBITMQ_URL' });
});

test(
  'rabbitmqServer: an installed server is run by our script, on three dedicated ports',
  { skip: findRabbitmq() === undefined ? 'no rabbitmq-server is installed' : false },
  async () => {
    const server = await rabbitmqServer('/nowhere', print, {});
    assert.ok(server?.command);
    const [script, file, folder, ...ports] = server.command.args;
    assert.match(script ?? '', /rabbitmq-node\.sh$/);
    assert.deepEqual([file, folder], [server.file, '/nowhere/rabbitmq']);
    assert.equal(new Set(ports).size, 3);
    assert.equal(server.url, `amqp://127.0.0.1:${server.command.port}`);
  },
);
